using System.Threading.RateLimiting;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>A token bucket that is elsewhere.</summary>
public sealed class TokenBucketElsewhereTests : ElsewhereContract
{
    /// <inheritdoc/>
    protected override Rule Rule(long limit) => LimitBy.TokenBucket("rule", limit, limit > 2 ? $"{limit}/s" : "1/s");

    /// <inheritdoc/>
    protected override void Free(RateLimitLease lease)
    {
        lease.Dispose();
        Clock.Advance(TimeSpan.FromSeconds(1));
    }
}
