namespace Throttle.Grains.Interfaces;

/// <summary>A node that counts.</summary>
/// <param name="Node">Its name.</param>
/// <param name="HasEnded">Whether it has not been heard of for long.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.UsageNodeWire")]
public sealed record UsageNodeWire(
    [property: Id(0)] string Node,
    [property: Id(1)] bool HasEnded);
