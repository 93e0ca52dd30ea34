using System.Threading.RateLimiting;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>A fixed window of a second.</summary>
public sealed class FixedWindowLimiterTests : LimiterContract
{
    /// <inheritdoc/>
    protected override Rule Rule(long limit) => LimitBy.FixedWindow("rule", limit, "1s");

    /// <inheritdoc/>
    protected override void Free(RateLimitLease lease)
    {
        lease.Dispose();
        Clock.Advance(TimeSpan.FromSeconds(1));
    }
}
