using System.Threading.RateLimiting;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>A sliding window of two counters of a second each.</summary>
public sealed class SlidingWindowLimiterTests : LimiterContract
{
    /// <inheritdoc/>
    protected override Rule Rule(long limit) => LimitBy.SlidingWindow("rule", limit, "1s");

    /// <inheritdoc/>
    protected override void Free(RateLimitLease lease)
    {
        lease.Dispose();
        Clock.Advance(TimeSpan.FromSeconds(2));
    }
}
