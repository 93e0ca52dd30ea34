using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
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
    public static RateLimitPartition<string> Get(IThrottle throttle, string rule, string key = "", ThrottleRateLimiterOptions? options = null) =>
        Of(throttle, null, rule, key, options);

    /// <summary>
    /// As the other overload, for a global limiter of <c>AddRateLimiter</c>. ASP.NET Core asks its global limiter twice for a request whose
    /// policy queues; with the request the second question is known for what it is, and takes nothing.
    /// </summary>
    /// <param name="throttle">The throttle.</param>
    /// <param name="httpContext">The request for which the partition is chosen.</param>
    /// <param name="rule">The rule's id.</param>
    /// <param name="key">The bucket's key within the rule, see <see cref="BucketKey"/>; empty for a rule without key attributes.</param>
    /// <param name="options">How callers may wait; null for not at all. Each partition has a queue of its own.</param>
    /// <example>
    /// <code>
    /// options.GlobalLimiter = PartitionedRateLimiter.Create&lt;HttpContext, string>(http => ThrottlePartition.Get(throttle, http, "all"));
    /// </code>
    /// </example>
    public static RateLimitPartition<string> Get(
        IThrottle throttle, HttpContext httpContext, string rule, string key = "", ThrottleRateLimiterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        return Of(throttle, httpContext, rule, key, options);
    }

    private static RateLimitPartition<string> Of(
        IThrottle throttle, HttpContext? httpContext, string rule, string key, ThrottleRateLimiterOptions? options)
    {
        ArgumentNullException.ThrowIfNull(throttle);
        var request = ThrottleRateLimiter.ForBucket(rule, key);

        // Rule and key together, so that one policy may use several rules.
        var partition = BucketKey.Of(rule, key);
        PartitionRequest.Set(partition, httpContext);
        return RateLimitPartition.Get(partition, partition => new ThrottleRateLimiter(throttle, request, options, partition));
    }
}
