namespace Throttle.Grains.Queues;

/// <summary>What is remembered of work that has ended.</summary>
/// <param name="Id">Its id.</param>
/// <param name="EnqueuedAtTicks">When it was accepted.</param>
/// <param name="DueAtTicks">The turn that its caller was told.</param>
/// <param name="EndedAtTicks">When it ended.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.EndedWorkWire")]
public sealed record EndedWorkWire(
    [property: Id(0)] string Id,
    [property: Id(1)] long EnqueuedAtTicks,
    [property: Id(2)] long DueAtTicks,
    [property: Id(3)] long EndedAtTicks);
