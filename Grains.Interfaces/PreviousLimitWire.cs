namespace Throttle.Grains.Interfaces;

/// <summary>The limit that a rule had before its algorithm changed.</summary>
/// <param name="Limit">That limit.</param>
/// <param name="ChangedAtTicks">When it changed, in ticks, UTC; no two changes of a rule have the same.</param>
/// <param name="Before">What it was before that, of yet another kind; null where that cannot owe anything any more.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.PreviousLimitWire")]
public sealed record PreviousLimitWire(
    [property: Id(0)] LimitWire Limit,
    [property: Id(1)] long ChangedAtTicks,
    [property: Id(2)] PreviousLimitWire? Before = null);
