using System.Threading.RateLimiting;
using Throttle.AspNetCore.Limiters;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>Resources that share buckets by what the rules make of them, and .NET's own partitions over a throttle.</summary>
public sealed class PartitionTests : IAsyncDisposable
{
    private readonly VirtualTimeProvider _clock = new(TestApp.Start);
    private readonly LocalThrottle _throttle;

    public PartitionTests() => _throttle = new(
        new LocalRules([LimitBy.TokenBucket("per-user", 2, "1/s", "user"), LimitBy.Concurrency("jobs", 1, "1m", "job")]),
        new LocalThrottleOptions { TimeProvider = _clock });

    public ValueTask DisposeAsync() => _throttle.DisposeAsync();

    [Fact]
    public async Task Resources_OfOneKey_ShareABucket()
    {
        await using var limiter = ByUser();

        Assert.True(limiter.AttemptAcquire("a", 2).IsAcquired);
        Assert.False(limiter.AttemptAcquire("a").IsAcquired);
        Assert.True((await limiter.AcquireAsync("b")).IsAcquired);
        Assert.Equal((0L, 1L), (limiter.GetStatistics("a")!.CurrentAvailablePermits, limiter.GetStatistics("b")!.CurrentAvailablePermits));
        Assert.Equal((1L, 2L), (limiter.GetStatistics("c")!.TotalFailedLeases, limiter.GetStatistics("c")!.TotalSuccessfulLeases));
    }

    [Fact]
    public async Task Statistics_OfAResourceElsewhere_AreNotAnothers()
    {
        await using var limiter = new ThrottlePartitionedRateLimiter<string>(
            new WrappedThrottle(_throttle), user => new([("user", user)]), new() { TimeProvider = _clock });
        Assert.True((await limiter.AcquireAsync("a", 2)).IsAcquired);

        Assert.Null(limiter.GetStatistics("b"));
    }

    [Fact]
    public async Task Statistics_LookedAt_KeepNobodyBusy()
    {
        await using var limiter = new ThrottleRateLimiter(_throttle, "per-user", "a", new() { TimeProvider = _clock });
        Assert.True((await _throttle.AcquireAsync([("user", "a")])).IsAllowed);

        Assert.Equal(1, limiter.GetStatistics()!.CurrentAvailablePermits);
        Assert.Equal(TimeSpan.Zero, limiter.IdleDuration);
    }

    [Fact]
    public async Task Resource_ThatWaits_HoldsNoOtherUp()
    {
        await using var limiter = ByUser(queueLimit: 1);
        limiter.AttemptAcquire("a", 2);

        var wait = limiter.AcquireAsync("a").AsTask();
        Assert.True((await limiter.AcquireAsync("b")).IsAcquired);
        Assert.False(wait.IsCompleted);
        Assert.False((await limiter.AcquireAsync("a")).IsAcquired);

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await wait).IsAcquired);
    }

    [Fact]
    public async Task Resource_Cancelled_GetsItsToken()
    {
        await using var limiter = ByUser(queueLimit: 1);
        limiter.AttemptAcquire("a", 2);
        using var cancel = new CancellationTokenSource();
        var wait = limiter.AcquireAsync("a", 1, cancel.Token).AsTask();

        await cancel.CancelAsync();

        Assert.Equal(cancel.Token, (await Assert.ThrowsAsync<TaskCanceledException>(() => wait)).CancellationToken);
        await Assert.ThrowsAsync<TaskCanceledException>(() => limiter.AcquireAsync("a", 1, cancel.Token).AsTask());
    }

    [Fact]
    public async Task Permits_OutOfRange_Throw()
    {
        await using var limiter = ByUser();

        Assert.Throws<ArgumentOutOfRangeException>(() => limiter.AttemptAcquire("a", -1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await limiter.AcquireAsync("a", -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => limiter.AttemptAcquire("a", 3));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await limiter.AcquireAsync("a", 3));
    }

    [Fact]
    public async Task Dispose_WhileOneWaits_RefusesItAndWhoeverComes()
    {
        var limiter = ByUser(queueLimit: 1);
        limiter.AttemptAcquire("a", 2);
        var wait = limiter.AcquireAsync("a").AsTask();

        await limiter.DisposeAsync();
        limiter.Dispose();

        Assert.False((await wait).IsAcquired);
        Assert.Throws<ObjectDisposedException>(() => limiter.AttemptAcquire("b"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => limiter.AcquireAsync("b").AsTask());
    }

    [Fact]
    public void NewestFirst_IsForPartitions() => Assert.Contains(
        "use OldestFirst here",
        Assert.Throws<ArgumentException>(() => new ThrottlePartitionedRateLimiter<string>(
            _throttle, _ => new([]), new() { QueueProcessingOrder = QueueProcessingOrder.NewestFirst })).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Memory_DoesNotGrowWithResources()
    {
        await using var limiter = ByUser();
        for (var i = 0; i < 10_000; i++)
        {
            limiter.AttemptAcquire($"user {i}").Dispose();
        }

        // Nothing but the throttle remembers anybody, and it only for as long as it must.
        Assert.Equal(10_000, _throttle.BucketCount);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, _throttle.BucketCount);
    }

    [Fact]
    public async Task Partitions_OfDotNet_ShareTheThrottlesBuckets()
    {
        await using var limiter = PartitionedRateLimiter.Create<string, string>(
            user => ThrottlePartition.Get(_throttle, "per-user", user, new() { QueueLimit = 1, TimeProvider = _clock }));

        Assert.True(limiter.AttemptAcquire("a").IsAcquired);
        Assert.True((await _throttle.AcquireAsync([("user", "a")])).IsAllowed);
        var wait = limiter.AcquireAsync("a").AsTask();
        await Eventually.IsTrueAsync(() => limiter.GetStatistics("a")!.CurrentQueuedCount == 1, "somebody waits");
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await wait).IsAcquired);
        Assert.True(limiter.AttemptAcquire("b", 2).IsAcquired);
    }

    [Fact]
    public async Task Limiters_Chained_AreAllAsked()
    {
        await using var users = ByUser();
        await using var jobs = new ThrottlePartitionedRateLimiter<string>(_throttle, _ => new([]) { Rule = "jobs", Key = "1" }, new() { TimeProvider = _clock });
        await using var chained = PartitionedRateLimiter.CreateChained(jobs, users);

        using var lease = chained.AttemptAcquire("a");
        Assert.True(lease.IsAcquired);
        Assert.False(chained.AttemptAcquire("a").IsAcquired);
        lease.Dispose();
        using var again = chained.AttemptAcquire("a");
        Assert.True(again.IsAcquired);

        // The user's permits are gone; the place that was taken first is given back.
        again.Dispose();
        Assert.False(chained.AttemptAcquire("a").IsAcquired);
        Assert.Equal(1, jobs.GetStatistics("a")!.CurrentAvailablePermits);
    }

    private ThrottlePartitionedRateLimiter<string> ByUser(int queueLimit = 0) => new(
        _throttle, user => new([("user", user)]), new() { QueueLimit = queueLimit, TimeProvider = _clock });
}
