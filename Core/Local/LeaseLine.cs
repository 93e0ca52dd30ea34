namespace Throttle.Core.Local;

/// <summary>The callers in line for one bucket's leases, and the timer that looks when the next lease ends.</summary>
internal sealed class LeaseLine(ITimer timer) : IDisposable
{
    public LinkedList<LeaseWaiter> Waiters { get; } = new();

    public ITimer Timer { get; } = timer;

    public void Dispose() => Timer.Dispose();
}
