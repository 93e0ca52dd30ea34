namespace Throttle.Api.Gubernator;

/// <summary>gubernator's algorithms, by its numbers; others are read and refused for their item.</summary>
internal enum RateLimitAlgorithm
{
    /// <summary>A window that starts at the first hit.</summary>
    TokenBucket = 0,

    /// <summary>A level that comes back steadily.</summary>
    LeakyBucket = 1,
}
