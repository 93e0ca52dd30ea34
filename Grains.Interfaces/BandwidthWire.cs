using Throttle.Core.Limiters;

namespace Throttle.Grains.Interfaces;

/// <summary>A capacity and its rate: permits in a period of ticks.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.BandwidthWire")]
public sealed record BandwidthWire(
    [property: Id(0)] long Capacity,
    [property: Id(1)] long Permits,
    [property: Id(2)] long PeriodTicks)
{
    internal static BandwidthWire From(long capacity, Rate rate) => new(capacity, rate.Permits, rate.PeriodTicks);

    internal Bandwidth ToBandwidth() => new(Capacity, new(Permits, PeriodTicks));
}
