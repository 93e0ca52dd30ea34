using System.Threading.RateLimiting;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>A token bucket that refills one permit a second, or all where there are many.</summary>
public sealed class TokenBucketLimiterTests : LimiterContract
{
    /// <inheritdoc/>
    protected override Rule Rule(long limit) => LimitBy.TokenBucket("rule", limit, limit > 2 ? $"{limit}/s" : "1/s");

    /// <inheritdoc/>
    protected override void Free(RateLimitLease lease)
    {
        lease.Dispose();
        Clock.Advance(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Permits_ThatRefill_AreNotGivenBackByTheLease()
    {
        await using var limiter = Limiter(1);

        limiter.AttemptAcquire(1).Dispose();

        Assert.False(limiter.AttemptAcquire(1).IsAcquired);
    }

    /// <summary>.NET tells the next refill; here it is the time at which these permits are there, behind whoever waits.</summary>
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(2, 0, 2)]
    [InlineData(2, 1, 3)]
    public async Task RetryAfter_IsTheWaitForThesePermits(int permits, int waiting, int seconds)
    {
        await using var limiter = Limiter(2, queueLimit: 1);
        using var all = limiter.AttemptAcquire(2);
        _ = waiting == 0 ? null : limiter.AcquireAsync(waiting).AsTask();

        using var failed = limiter.AttemptAcquire(permits);

        Assert.True(failed.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(seconds), retryAfter);
    }

    [Fact]
    public async Task RetryAfter_WithSomeLeft_IsTheWaitForTheRest()
    {
        await using var limiter = Limiter(2);
        using var one = limiter.AttemptAcquire(1);
        Clock.Advance(TimeSpan.FromMilliseconds(250));

        using var failed = limiter.AttemptAcquire(2);

        Assert.True(failed.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter));
        Assert.Equal(TimeSpan.FromMilliseconds(750), retryAfter);
    }
}
