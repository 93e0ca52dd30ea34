using System.Threading.RateLimiting;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>So many at once.</summary>
public sealed class ConcurrencyLimiterTests : LimiterContract
{
    /// <inheritdoc/>
    protected override Rule Rule(long limit) => LimitBy.Concurrency("rule", limit, "1m");

    /// <inheritdoc/>
    protected override void Free(RateLimitLease lease) => lease.Dispose();

    /// <inheritdoc/>
    protected override int AvailableWhileOneWaits(int otherwise) => otherwise;

    [Fact]
    public async Task Lease_HeldLongerThanItsTime_IsRenewedUntilDisposed()
    {
        await using var limiter = Limiter(1);
        var lease = limiter.AttemptAcquire(1);

        for (var i = 0; i < 30; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.False(limiter.AttemptAcquire(1).IsAcquired);
        lease.Dispose();
        lease.Dispose();
        Assert.True(limiter.AttemptAcquire(1).IsAcquired);
        Assert.False(limiter.AttemptAcquire(1).IsAcquired);
    }
}
