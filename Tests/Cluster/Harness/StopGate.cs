namespace Throttle.Tests.Cluster.Harness;

/// <summary>Holds a silo up that is about to end: it takes no grains any more, and is not dead yet.</summary>
public sealed class StopGate : ILifecycleParticipant<ISiloLifecycle>
{
    private volatile TaskCompletionSource? _closed;

    /// <summary>From now on silos that end are held.</summary>
    public void Close() => _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets them go.</summary>
    public void Open() => _closed?.TrySetResult();

    public void Participate(ISiloLifecycle observer) => observer.Subscribe(
        nameof(StopGate), ServiceLifecycleStage.GrainDeactivation, _ => Task.CompletedTask, _ => _closed?.Task ?? Task.CompletedTask);
}
