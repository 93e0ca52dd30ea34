using Throttle.Core.Limiters;

namespace Throttle.Grains;

/// <summary>Which grain an algorithm has.</summary>
internal static class BucketFamilies
{
    public static BucketFamily Of(LimiterSpec limit) => limit switch
    {
        TokenBucketSpec or GcraSpec => BucketFamily.TokenBucket,
        LeakyBucketSpec or QueueSpec => BucketFamily.LeakyBucket,
        FixedWindowSpec => BucketFamily.FixedWindow,
        SlidingWindowSpec => BucketFamily.SlidingWindow,
        SlidingLogSpec => BucketFamily.SlidingLog,
        SpacingSpec => BucketFamily.Spacing,
        ConcurrencySpec => BucketFamily.Concurrency,
        _ => throw new ArgumentException($"There is no grain for {limit}.", nameof(limit)),
    };
}
