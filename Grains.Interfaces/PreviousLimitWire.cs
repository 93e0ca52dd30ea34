namespace Throttle.Grains.Interfaces;

/// <summary>The limit that a rule had before its algorithm changed.</summary>
/// <param name="Limit">That limit.</param>
/// <param name="ChangedAtTicks">When it changed, in ticks, UTC.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.PreviousLimitWire")]
public sealed record PreviousLimitWire(
    [property: Id(0)] LimitWire Limit,
    [property: Id(1)] long ChangedAtTicks);
