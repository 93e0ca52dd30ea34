namespace Throttle.Grains.Interfaces;

/// <summary>What a region has granted of a bucket, in one count, for the bucket's owner.</summary>
/// <param name="Region">Whose count it is.</param>
/// <param name="Count">Which one.</param>
/// <param name="Consumed">Permits granted since it began.</param>
/// <param name="Returned">Permits given back since.</param>
/// <param name="Outstanding">Permits that the region's own bucket is short of.</param>
/// <param name="HasFollowed">Whether it was heard of from its beginning, so that it is all new where the owner knows nothing of it.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.ChargeWire")]
public sealed record ChargeWire(
    [property: Id(0)] string Region,
    [property: Id(1)] long Count,
    [property: Id(2)] long Consumed,
    [property: Id(3)] long Returned,
    [property: Id(4)] long Outstanding,
    [property: Id(5)] bool HasFollowed)
{
    /// <summary>This and a later word of the same count.</summary>
    public ChargeWire And(ChargeWire later)
    {
        ArgumentNullException.ThrowIfNull(later);
        return later with
        {
            Consumed = Math.Max(Consumed, later.Consumed),
            Returned = Math.Max(Returned, later.Returned),
            HasFollowed = HasFollowed || later.HasFollowed,
        };
    }
}
