using System.Threading.RateLimiting;
using Throttle.AspNetCore.Limiters;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <content>Asking, limits, metadata, statistics, idleness.</content>
public abstract partial class LimiterContract
{
    [Fact]
    public virtual void Attempt_ThenAgain_IsAcquiredAndRefusedUntilFree()
    {
        using var limiter = Limiter(1);

        var lease = limiter.AttemptAcquire();
        Assert.True(lease.IsAcquired);
        Assert.False(limiter.AttemptAcquire().IsAcquired);

        Free(lease);
        Assert.True(limiter.AttemptAcquire().IsAcquired);
    }

    [Fact]
    public async Task Acquire_ThenAgain_WaitsUntilFree()
    {
        await using var limiter = Limiter(1);

        var lease = await limiter.AcquireAsync();
        Assert.True(lease.IsAcquired);
        var wait = limiter.AcquireAsync().AsTask();
        await OneWaitsAsync();
        Assert.False(wait.IsCompleted);

        Free(lease);
        Assert.True((await wait).IsAcquired);
    }

    [Theory]
    [InlineData(-1, QueueProcessingOrder.OldestFirst, null, "QueueLimit is -1; use 0 or more.")]
    [InlineData(1, (QueueProcessingOrder)7, null, "QueueProcessingOrder is 7; use OldestFirst or NewestFirst.")]
    [InlineData(1, QueueProcessingOrder.NewestFirst, 0, "MaxWait is 00:00:00; use more than zero, or null for as long as it takes. QueueLimit 0 lets nobody wait.")]
    public void Options_OutOfRange_Throw(int queueLimit, QueueProcessingOrder order, int? maxWaitMs, string message) => Assert.Equal(
        message,
        Assert.Throws<ArgumentException>(() => Limiter(1, queueLimit, order, maxWaitMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null)).Message);

    [Fact]
    public virtual void Attempt_MoreThanTheLimit_Throws()
    {
        using var limiter = Limiter(1);

        Assert.Equal("permitCount", Assert.Throws<ArgumentOutOfRangeException>(() => limiter.AttemptAcquire(2)).ParamName);
    }

    [Theory]
    [InlineData(QueueProcessingOrder.OldestFirst)]
    [InlineData(QueueProcessingOrder.NewestFirst)]
    public async Task Acquire_MoreThanTheLimit_Throws(QueueProcessingOrder order)
    {
        await using var limiter = Limiter(1, queueLimit: 5, order);

        Assert.Equal("permitCount", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await limiter.AcquireAsync(2))).ParamName);
        Assert.True((await limiter.AcquireAsync(1)).IsAcquired);
    }

    [Fact]
    public void Attempt_LessThanZero_Throws()
    {
        using var limiter = Limiter(1);

        Assert.Throws<ArgumentOutOfRangeException>(() => limiter.AttemptAcquire(-1));
    }

    [Fact]
    public async Task Acquire_LessThanZero_Throws()
    {
        await using var limiter = Limiter(1);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await limiter.AcquireAsync(-1));
    }

    [Fact]
    public virtual void AttemptZero_SaysWhetherThereIsAPermit()
    {
        using var limiter = Limiter(1);

        Assert.True(limiter.AttemptAcquire(0).IsAcquired);
        Assert.True(limiter.AttemptAcquire(1).IsAcquired);
        using var none = limiter.AttemptAcquire(0);
        Assert.False(none.IsAcquired);
    }

    [Theory]
    [InlineData(QueueProcessingOrder.OldestFirst)]
    [InlineData(QueueProcessingOrder.NewestFirst)]
    public async Task AcquireZero_WaitsUntilThereIsAPermitAndTakesNone(QueueProcessingOrder order)
    {
        await using var limiter = Limiter(1, queueLimit: 1, order);

        Assert.True((await limiter.AcquireAsync(0)).IsAcquired);
        var lease = await limiter.AcquireAsync(1);
        Assert.True(lease.IsAcquired);
        var wait = limiter.AcquireAsync(0).AsTask();
        await OneWaitsAsync();
        Assert.False(wait.IsCompleted);

        Free(lease);
        using var free = await wait;
        Assert.True(free.IsAcquired);
        Assert.True((await limiter.AcquireAsync(1)).IsAcquired);
    }

    [Fact]
    public async Task Lease_Acquired_HasNoMetadataOfRefusals()
    {
        await using var limiter = Limiter(1);
        using var lease = await limiter.AcquireAsync(1);

        Assert.False(lease.TryGetMetadata(MetadataName.RetryAfter, out _));
        Assert.False(lease.TryGetMetadata(MetadataName.ReasonPhrase, out _));
        Assert.True(lease.TryGetMetadata(ThrottleMetadata.Decision, out var decision));
        Assert.True(decision!.IsAllowed);
        Assert.False(lease.TryGetMetadata("nothing", out _));
        Assert.Equal([MetadataName.RetryAfter.Name, MetadataName.ReasonPhrase.Name, ThrottleMetadata.Decision.Name], lease.MetadataNames);
    }

    [Fact]
    public async Task Lease_RefusedForTheQueue_SaysSo()
    {
        await using var limiter = Limiter(2, queueLimit: 1);
        using var lease = await limiter.AcquireAsync(2);

        using var failed = await limiter.AcquireAsync(2);

        Assert.False(failed.IsAcquired);
        Assert.True(failed.TryGetMetadata(MetadataName.ReasonPhrase, out var reason));
        Assert.Equal("Queue limit reached", reason);
        Assert.True(failed.TryGetMetadata(MetadataName.RetryAfter.Name, out var retryAfter));
        Assert.True((TimeSpan)retryAfter! > TimeSpan.Zero);
    }

    [Fact]
    public async Task Idle_WhileSomethingIsTaken_IsNull()
    {
        await using var limiter = Limiter(1);
        Assert.NotNull(limiter.IdleDuration);

        var lease = await limiter.AcquireAsync(1);
        Assert.Null(limiter.IdleDuration);

        Free(lease);
        Assert.NotNull(limiter.IdleDuration);
    }

    [Fact]
    public void Idle_WhileNothingHappens_Grows()
    {
        using var limiter = Limiter(1);
        Assert.Equal(TimeSpan.Zero, limiter.IdleDuration);

        Clock.Advance(TimeSpan.FromMilliseconds(15));

        Assert.Equal(TimeSpan.FromMilliseconds(15), limiter.IdleDuration);
    }

    [Fact]
    public virtual Task Statistics_AreNewEachTime()
    {
        using var limiter = Limiter(1);
        var before = limiter.GetStatistics()!;
        using var lease = limiter.AttemptAcquire(1);
        var after = limiter.GetStatistics()!;

        Assert.NotSame(before, after);
        Assert.Equal((1, 0), (before.CurrentAvailablePermits, after.CurrentAvailablePermits));
        return Task.CompletedTask;
    }

    [Fact]
    public virtual async Task Statistics_CountLeasesAndWhoWaits()
    {
        await using var limiter = Limiter(100, queueLimit: 50);
        AssertStatistics(limiter, available: 100, queued: 0, failed: 0, successful: 0);

        var first = limiter.AttemptAcquire(60);
        AssertStatistics(limiter, 40, 0, 0, 1);
        var second = limiter.AcquireAsync(50).AsTask();
        AssertStatistics(limiter, AvailableWhileOneWaits(40), 50, 0, 1);
        Assert.False((await limiter.AcquireAsync(AvailableWhileOneWaits(40) + 1)).IsAcquired);
        AssertStatistics(limiter, AvailableWhileOneWaits(40), 50, 1, 1);
        Assert.False(limiter.AttemptAcquire(100).IsAcquired);
        AssertStatistics(limiter, AvailableWhileOneWaits(40), 50, 2, 1);

        Free(first);
        Assert.True((await second).IsAcquired);
        AssertStatistics(limiter, limiter.GetStatistics()!.CurrentAvailablePermits, 0, 2, 2);
    }

    [Fact]
    public virtual async Task Statistics_OfZeroPermits_CountThem()
    {
        await using var limiter = Limiter(100, queueLimit: 50);

        Assert.True(limiter.AttemptAcquire(0).IsAcquired);
        AssertStatistics(limiter, 100, 0, 0, 1);
        Assert.True((await limiter.AcquireAsync(0)).IsAcquired);
        AssertStatistics(limiter, 100, 0, 0, 2);
        Assert.True(limiter.AttemptAcquire(100).IsAcquired);
        AssertStatistics(limiter, 0, 0, 0, 3);
        Assert.False(limiter.AttemptAcquire(0).IsAcquired);
        AssertStatistics(limiter, 0, 0, 1, 3);
    }

    /// <summary>What is shown as available while somebody waits for more than is there. A reservation is paid for.</summary>
    protected virtual int AvailableWhileOneWaits(int otherwise) => 0;

    private static void AssertStatistics(ThrottleRateLimiter limiter, long available, long queued, long failed, long successful)
    {
        var now = limiter.GetStatistics()!;
        Assert.Equal(
            (available, queued, failed, successful),
            (now.CurrentAvailablePermits, now.CurrentQueuedCount, now.TotalFailedLeases, now.TotalSuccessfulLeases));
    }
}
