using Throttle.Core.Time;

namespace Throttle.Cli.Simulating;

/// <summary>
/// Virtual time: whoever sleeps least is woken first, of several the one that lay down first, on one thread. So the same
/// workers do the same each time.
/// </summary>
internal sealed class VirtualWorkerTime(VirtualTimeProvider clock) : IWorkerTime
{
    private readonly long _start = clock.GetTimestamp();
    private readonly PriorityQueue<TaskCompletionSource, (long At, long Number)> _sleepers = new();
    private long _count;

    public long Now => clock.GetTimestamp() - _start;

    public Task SleepAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Its continuation runs inside SetResult, on the one thread that wakes.
        var sleeper = new TaskCompletionSource();
        _sleepers.Enqueue(sleeper, (Ticks.Add(Now, Math.Max(0, duration.Ticks)), _count++));
        return sleeper.Task;
    }

    // On a thread that has no context: elsewhere a continuation might not run inside SetResult, but beside it.
    public Task RunAsync(IReadOnlyList<Func<Task>> workers) => Task.Run(() => WakeAsync(workers));

    private Task WakeAsync(IReadOnlyList<Func<Task>> workers)
    {
        var running = workers.Select(worker => worker()).ToList();
        while (_sleepers.TryDequeue(out var sleeper, out var due))
        {
            clock.Advance(TimeSpan.FromTicks(Math.Max(0, due.At - Now)));
            sleeper.SetResult();
        }

        return Task.WhenAll(running);
    }
}
