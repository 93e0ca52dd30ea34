namespace Throttle.Grains;

/// <summary>The algorithms that share a kind of grain: within a family a bucket changes in place.</summary>
internal enum BucketFamily
{
    TokenBucket,
    LeakyBucket,
    FixedWindow,
    SlidingWindow,
    SlidingLog,
    Spacing,
    Concurrency,

    /// <summary>All of them: a bucket that becomes another algorithm stays where it is.</summary>
    Any,
}
