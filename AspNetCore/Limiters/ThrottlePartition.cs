using System.Threading.RateLimiting;
using Throttle.Core;

namespace Throttle.AspNetCore.Limiters;

/// <summary>Partitions for .NET's own partitioned limiters and for policies of <c>AddRateLimiter</c>.</summary>
/// <example>
/// <code>
/// options.AddPolicy("uploads", http => ThrottlePartition.Get(throttle, "uploads", http.User.Identity?.Name ?? ""));
/// </code>
/// </example>
public static class ThrottlePartition
{
    /// <summary>The partition of one bucket. .NET keeps a limiter for it while it is used; the bucket is the throttle's.</summary>
    /// <param name="throttle">The throttle.</param>
    /// <param name="rule">The rule's id.</param>
    /// <param name="key">The bucket's key within the rule, see <see cref="BucketKey"/>; empty for a rule without key attributes.</param>
    /// <param name="options">How callers may wait; null for not at all. Each partition has a queue of its own.</param>
    public static RateLimitPartition<string> Get(IThrottle throttle, string rule, string key = "", ThrottleRateLimiterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(throttle);
        var request = ThrottleRateLimiter.ForBucket(rule, key);

        // Rule and key together, so that one policy may use several rules.
        return RateLimitPartition.Get(BucketKey.Of(rule, key), _ => new ThrottleRateLimiter(throttle, request, options));
    }
}
