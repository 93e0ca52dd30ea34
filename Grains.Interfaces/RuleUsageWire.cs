namespace Throttle.Grains.Interfaces;

/// <summary>What one node has counted of one rule.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Node">The node's name; empty where the report says it.</param>
/// <param name="Counts">What it has counted.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.RuleUsageWire")]
public sealed record RuleUsageWire(
    [property: Id(0)] string Rule,
    [property: Id(1)] string Node,
    [property: Id(2)] UsageCountsWire Counts);
