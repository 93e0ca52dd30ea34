using System.Threading.RateLimiting;
using Throttle.AspNetCore.Limiters;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>The same over buckets that are elsewhere, as a cluster's are: all but attempts, which must not wait for another machine.</summary>
public abstract class ElsewhereContract : LimiterContract
{
    private WrappedThrottle? _throttle;

    [Fact]
    public override void Attempt_ThenAgain_IsAcquiredAndRefusedUntilFree() => AssertAsksNobody(1, QueueProcessingOrder.OldestFirst);

    [Fact]
    public override void Attempt_MoreThanTheLimit_Throws() => AssertAsksNobody(2, QueueProcessingOrder.OldestFirst);

    [Fact]
    public override void AttemptZero_SaysWhetherThereIsAPermit() => AssertAsksNobody(0, QueueProcessingOrder.OldestFirst);

    [Fact]
    public override Task NewestFirst_SomebodyWaitsForMore_AnAttemptTakesWhatIsThere()
    {
        AssertAsksNobody(1, QueueProcessingOrder.NewestFirst);
        return Task.CompletedTask;
    }

    [Fact]
    public override async Task Statistics_AreNewEachTime()
    {
        await using var limiter = Limiter(1);
        Assert.Null(limiter.GetStatistics());

        using var lease = await limiter.AcquireAsync(1);

        Assert.Equal(0, limiter.GetStatistics()!.CurrentAvailablePermits);
        Assert.NotSame(limiter.GetStatistics(), limiter.GetStatistics());
    }

    [Fact]
    public override async Task Statistics_CountLeasesAndWhoWaits()
    {
        await using var limiter = Limiter(100, queueLimit: 50);
        using var first = await limiter.AcquireAsync(60);
        var second = limiter.AcquireAsync(50).AsTask();
        await JoinedAsync(limiter, 50);
        Assert.False((await limiter.AcquireAsync(41)).IsAcquired);

        var now = limiter.GetStatistics()!;

        Assert.Equal((50L, 1L, 1L), (now.CurrentQueuedCount, now.TotalFailedLeases, now.TotalSuccessfulLeases));
        Free(first);
        Assert.True((await second).IsAcquired);
        Assert.Equal((0L, 2L), (limiter.GetStatistics()!.CurrentQueuedCount, limiter.GetStatistics()!.TotalSuccessfulLeases));
    }

    [Theory]
    [InlineData(QueueProcessingOrder.OldestFirst)]
    [InlineData(QueueProcessingOrder.NewestFirst)]
    public async Task Callers_WhoseAnswerIsUnderWay_TakeNoRoomInTheQueue(QueueProcessingOrder order)
    {
        await using var limiter = Limiter(3, queueLimit: 1, order);
        Assert.True((await limiter.AcquireAsync(1)).IsAcquired);
        _throttle!.Hold();
        var first = limiter.AcquireAsync(1).AsTask();
        var second = limiter.AcquireAsync(1).AsTask();

        Assert.Equal((2, 0L), (_throttle.UnderWay, limiter.GetStatistics()!.CurrentQueuedCount));
        Assert.All(_throttle.Asked, asked => Assert.Equal(TimeSpan.Zero, asked.MaxWait));
        _throttle.Release();

        Assert.All(await Task.WhenAll(first, second), lease => Assert.True(lease.IsAcquired));
    }

    [Fact]
    public override async Task Statistics_OfZeroPermits_CountThem()
    {
        await using var limiter = Limiter(100);

        Assert.True((await limiter.AcquireAsync(40)).IsAcquired);
        Assert.True((await limiter.AcquireAsync(0)).IsAcquired);

        Assert.Equal((60L, 2L), (limiter.GetStatistics()!.CurrentAvailablePermits, limiter.GetStatistics()!.TotalSuccessfulLeases));
    }

    private protected override IThrottle Wrap(LocalThrottle throttle) => _throttle = new WrappedThrottle(throttle);

    private protected override Task OneWaitsAsync() => Eventually.IsTrueAsync(
        () => _throttle!.UnderWay == 0 && _throttle.WaitedFor == 1, "a caller that waits");

    // Newest first only the newest waits at the throttle.
    private protected override Task JoinedAsync(RateLimiter limiter, int queued) => Eventually.IsTrueAsync(
        () => limiter.GetStatistics()?.CurrentQueuedCount == queued && _throttle!.UnderWay == 0
            && (Order == QueueProcessingOrder.NewestFirst ? _throttle.WaitedFor > 0 : _throttle.WaitedFor == queued),
        $"{queued} permits waited for");

    private protected override Task ArrivedAsync(RateLimiter limiter, Task wait) => Eventually.IsTrueAsync(
        () => wait.IsCompleted || (limiter.GetStatistics()?.CurrentQueuedCount == 1 && _throttle!.UnderWay == 0 && _throttle.WaitedFor == 1),
        "an answer, or a caller that waits");

    private void AssertAsksNobody(int permits, QueueProcessingOrder order)
    {
        using var limiter = Limiter(1, queueLimit: 1, order);

        using var lease = limiter.AttemptAcquire(permits);

        Assert.False(lease.IsAcquired);
        Assert.True(lease.TryGetMetadata(MetadataName.ReasonPhrase, out var reason));
        Assert.EndsWith("use AcquireAsync.", reason, StringComparison.Ordinal);
        Assert.False(lease.TryGetMetadata(MetadataName.RetryAfter, out _));
        Assert.False(lease.TryGetMetadata(ThrottleMetadata.Decision, out _));
        Assert.Empty(_throttle!.Asked);
    }
}
