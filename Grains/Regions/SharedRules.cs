using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Grains.Regions;

/// <summary>Rules whose buckets regions share.</summary>
internal static class SharedRules
{
    /// <summary>The rate at which a shared rule's buckets are repaid; null where there is no such rule.</summary>
    public static Rate? RateOf(RuleSet rules, string id) =>
        rules.IndexOf(id) is >= 0 and var index && rules.Rules[index] is { Replicate: true, Limit: TokenBucketSpec { Bandwidths: [var bandwidth] } }
            ? bandwidth.Refill
            : null;

    /// <summary>Permits that a bucket is short of that will be as new after a while, rounded up.</summary>
    /// <param name="rate">Its rate.</param>
    /// <param name="ticks">How long until then; less than 1 where it is.</param>
    public static long PermitsIn(Rate rate, long ticks)
    {
        // 128 bits: the product of two longs.
        var permits = ticks <= 0 ? 0 : (((Int128)ticks * rate.Permits) + rate.PeriodTicks - 1) / rate.PeriodTicks;
        return (long)Int128.Min(permits, Limits.MaxPermits);
    }
}
