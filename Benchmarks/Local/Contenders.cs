using System.Globalization;
using System.Threading.RateLimiting;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Benchmarks.Local;

/// <summary>
/// The two sides of each comparison, with the same numbers: a capacity never exhausted, so that all calls take, and a refill
/// so slow that every bucket stays a debt to be remembered.
/// </summary>
internal static class Contenders
{
    private const int Capacity = 1_000_000_000;

    public static string[] Keys(int count) =>
        [.. Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"user-{i:D7}"))];

    public static LocalThrottle Ours() => new(LimitBy.TokenBucket("per-user", Capacity, "1/m", "user"));

    public static TokenBucketRateLimiter TheirSingle() => new(Options());

    public static PartitionedRateLimiter<string> TheirMany() =>
        PartitionedRateLimiter.Create<string, string>(key => RateLimitPartition.GetTokenBucketLimiter(key, _ => Options()));

    public static bool Take(LocalThrottle throttle, string key) =>
        throttle.AcquireAsync(new ThrottleRequest(new Attributes("user", key))).Result.IsAllowed;

    public static bool Take(TokenBucketRateLimiter limiter)
    {
        using var lease = limiter.AttemptAcquire();
        return lease.IsAcquired;
    }

    public static bool Take(PartitionedRateLimiter<string> limiter, string key)
    {
        using var lease = limiter.AttemptAcquire(key);
        return lease.IsAcquired;
    }

    private static TokenBucketRateLimiterOptions Options() => new()
    {
        TokenLimit = Capacity,
        TokensPerPeriod = 1,
        ReplenishmentPeriod = TimeSpan.FromMinutes(1),
        AutoReplenishment = true,
        QueueLimit = 0,
    };
}
