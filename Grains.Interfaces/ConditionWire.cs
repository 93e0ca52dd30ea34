namespace Throttle.Grains.Interfaces;

/// <summary>A rule's condition: an attribute and the patterns of which one must match.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.ConditionWire")]
public sealed record ConditionWire(
    [property: Id(0)] string Attribute,
    [property: Id(1)] string[] Patterns);
