namespace Throttle.Grains.Usage;

/// <summary>One node's count in storage.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Incarnation">When the count began, in ticks.</param>
/// <param name="HeardAt">When it was last reported, in ticks.</param>
[GenerateSerializer]
[Alias("throttle.UsageSourceRecord")]
public sealed record UsageSourceRecord(
    [property: Id(0)] string Node,
    [property: Id(1)] long Incarnation,
    [property: Id(2)] long HeardAt);
