using Throttle.Core.Limiters;

namespace Throttle.Grains.Interfaces;

/// <summary>A row of the map of an adaptive leaky bucket. Factors and levels are in billionths.</summary>
/// <param name="Capacity">The least capacity it is for.</param>
/// <param name="Low">Up to this level the factor is multiplied by the low one.</param>
/// <param name="LowFactor">The low one.</param>
/// <param name="High">From this level on it is multiplied by the high one.</param>
/// <param name="HighFactor">The high one.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.AdaptiveRowWire")]
public readonly record struct AdaptiveRowWire(
    [property: Id(0)] long Capacity,
    [property: Id(1)] long Low,
    [property: Id(2)] long LowFactor,
    [property: Id(3)] long High,
    [property: Id(4)] long HighFactor)
{
    /// <summary>The wire form.</summary>
    public static AdaptiveRowWire From(AdaptiveRow row) => new(
        row.Capacity, row.Low.Billionths, row.LowFactor.Billionths, row.High.Billionths, row.HighFactor.Billionths);

    /// <summary>The row as rules know it.</summary>
    public AdaptiveRow ToRow() => new(Capacity, new(Low), new(LowFactor), new(High), new(HighFactor));
}
