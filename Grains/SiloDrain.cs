namespace Throttle.Grains;

/// <summary>
/// Tells calls that are held, for a turn or for a change of the rules, that the silo stops: they are answered before the grains
/// are deactivated, because a grain is deactivated only when its last call has ended.
/// </summary>
internal sealed class SiloDrain : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Cancelled when the silo begins to stop.</summary>
    public CancellationToken Token => _stopping.Token;

    public void Participate(ISiloLifecycle observer) => observer.Subscribe(
        nameof(SiloDrain), ServiceLifecycleStage.Active, _ => Task.CompletedTask, _ => _stopping.CancelAsync());

    public void Dispose() => _stopping.Dispose();
}
