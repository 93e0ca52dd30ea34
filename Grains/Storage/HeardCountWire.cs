namespace Throttle.Grains.Storage;

/// <summary>What a bucket was charged for one count of another region.</summary>
/// <param name="Region">Whose count it is.</param>
/// <param name="Count">Which one.</param>
/// <param name="Consumed">Permits granted since it began.</param>
/// <param name="Returned">Permits given back since.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.HeardCountWire")]
public sealed record HeardCountWire(
    [property: Id(0)] string Region,
    [property: Id(1)] long Count,
    [property: Id(2)] long Consumed,
    [property: Id(3)] long Returned);
