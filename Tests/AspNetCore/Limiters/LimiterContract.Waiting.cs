using System.Threading.RateLimiting;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <content>Order, the queue's limit, cancelling, disposal.</content>
public abstract partial class LimiterContract
{
    [Fact]
    public async Task OldestFirst_TwoWait_TheOlderGoes()
    {
        await using var limiter = Limiter(1, queueLimit: 2);
        var lease = await limiter.AcquireAsync();
        var first = limiter.AcquireAsync().AsTask();
        await JoinedAsync(limiter, 1);
        var second = limiter.AcquireAsync().AsTask();
        await JoinedAsync(limiter, 2);

        Free(lease);
        lease = await first;
        Assert.True(lease.IsAcquired);
        Assert.False(second.IsCompleted);

        Free(lease);
        Assert.True((await second).IsAcquired);
    }

    [Fact]
    public async Task NewestFirst_TwoWait_TheNewerGoes()
    {
        await using var limiter = Limiter(2, queueLimit: 3, QueueProcessingOrder.NewestFirst);
        var lease = await limiter.AcquireAsync(2);
        var older = limiter.AcquireAsync(2).AsTask();
        await JoinedAsync(limiter, 2);
        var newer = limiter.AcquireAsync().AsTask();
        await JoinedAsync(limiter, 3);

        Free(lease);
        lease = await newer;
        Assert.True(lease.IsAcquired);
        Assert.False(older.IsCompleted);

        Free(lease);
        Free(lease);
        Assert.True((await older).IsAcquired);
    }

    [Fact]
    public async Task OldestFirst_QueueIsFull_RefusesTheNewcomer()
    {
        await using var limiter = Limiter(1, queueLimit: 1);
        var lease = await limiter.AcquireAsync(1);
        var wait = limiter.AcquireAsync(1).AsTask();
        await JoinedAsync(limiter, 1);

        using var failed = await limiter.AcquireAsync(1);
        Assert.False(failed.IsAcquired);

        Free(lease);
        lease = await wait;
        Assert.True(lease.IsAcquired);

        // There is room again.
        wait = limiter.AcquireAsync(1).AsTask();
        await JoinedAsync(limiter, 1);
        Assert.False(wait.IsCompleted);
        Free(lease);
        Assert.True((await wait).IsAcquired);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 2)]
    public async Task NewestFirst_QueueIsFull_DropsAsManyOfTheOldestAsNeeded(int limit, int queueLimit, int newcomer)
    {
        await using var limiter = Limiter(limit, queueLimit, QueueProcessingOrder.NewestFirst);
        var lease = await limiter.AcquireAsync(limit);
        var older = new List<Task<RateLimitLease>>();
        for (var i = 1; i <= queueLimit; i++)
        {
            older.Add(limiter.AcquireAsync(1).AsTask());
            await JoinedAsync(limiter, i);
        }

        var newest = limiter.AcquireAsync(newcomer).AsTask();
        Assert.All(await Task.WhenAll(older), dropped =>
        {
            Assert.False(dropped.IsAcquired);
            Assert.True(dropped.TryGetMetadata(MetadataName.ReasonPhrase, out var reason));
            Assert.Equal("Queue limit reached", reason);
        });
        Assert.False(newest.IsCompleted);

        Free(lease);
        Free(lease);
        Assert.True((await newest).IsAcquired);
    }

    [Fact]
    public async Task NewestFirst_NewcomerLargerThanTheQueue_IsRefusedAndNobodyDropped()
    {
        await using var limiter = Limiter(2, queueLimit: 1, QueueProcessingOrder.NewestFirst);
        var lease = await limiter.AcquireAsync(2);
        var wait = limiter.AcquireAsync(1).AsTask();
        await JoinedAsync(limiter, 1);

        Assert.False((await limiter.AcquireAsync(2)).IsAcquired);
        Assert.False(wait.IsCompleted);

        Free(lease);
        Assert.True((await wait).IsAcquired);
    }

    [Fact]
    public async Task NewestFirst_LargestNumbers_DoNotOverflow()
    {
        await using var limiter = Limiter(int.MaxValue, int.MaxValue, QueueProcessingOrder.NewestFirst);
        var lease = await limiter.AcquireAsync(int.MaxValue);
        var older = limiter.AcquireAsync(3).AsTask();
        await JoinedAsync(limiter, 3);

        var newer = limiter.AcquireAsync(int.MaxValue).AsTask();
        Assert.False((await older).IsAcquired);
        Assert.False(newer.IsCompleted);

        Free(lease);
        Assert.True((await newer).IsAcquired);
    }

    [Fact]
    public async Task Waiters_PermitsForSeveral_AllGoAtOnce()
    {
        await using var limiter = Limiter(2, queueLimit: 2);
        var lease = await limiter.AcquireAsync(2);
        var first = limiter.AcquireAsync(1).AsTask();
        var second = limiter.AcquireAsync(1).AsTask();
        await JoinedAsync(limiter, 2);

        Free(lease);
        Free(lease);

        Assert.True((await first).IsAcquired);
        Assert.True((await second).IsAcquired);
    }

    [Fact]
    public async Task NewestFirst_SomebodyWaitsForMore_ANewcomerTakesWhatIsThere()
    {
        await using var limiter = Limiter(2, queueLimit: 3, QueueProcessingOrder.NewestFirst);
        var lease = await limiter.AcquireAsync(1);
        var wait = limiter.AcquireAsync(2).AsTask();
        await JoinedAsync(limiter, 2);

        var newcomer = await limiter.AcquireAsync(1);
        Assert.True(newcomer.IsAcquired);
        Assert.False(wait.IsCompleted);

        Free(lease);
        Free(newcomer);
        Assert.True((await wait).IsAcquired);
    }

    [Fact]
    public async Task OldestFirst_SomebodyWaitsForMore_ANewcomerWaitsBehind()
    {
        await using var limiter = Limiter(2, queueLimit: 3);
        var lease = await limiter.AcquireAsync(1);
        var first = limiter.AcquireAsync(2).AsTask();
        await JoinedAsync(limiter, 2);
        var second = limiter.AcquireAsync(1).AsTask();
        await JoinedAsync(limiter, 3);
        Assert.False(second.IsCompleted);

        Free(lease);
        lease = await first;
        Assert.True(lease.IsAcquired);
        Assert.False(second.IsCompleted);

        Free(lease);
        Assert.True((await second).IsAcquired);
    }

    [Fact]
    public virtual async Task NewestFirst_SomebodyWaitsForMore_AnAttemptTakesWhatIsThere()
    {
        await using var limiter = Limiter(2, queueLimit: 3, QueueProcessingOrder.NewestFirst);
        var lease = await limiter.AcquireAsync(1);
        var wait = limiter.AcquireAsync(2).AsTask();
        Assert.False(wait.IsCompleted);

        var attempt = limiter.AttemptAcquire(1);
        Assert.True(attempt.IsAcquired);
        Assert.False(wait.IsCompleted);

        Free(lease);
        Free(attempt);
        Assert.True((await wait).IsAcquired);
    }

    [Fact]
    public async Task OldestFirst_SomebodyWaitsForMore_AnAttemptIsRefused()
    {
        await using var limiter = Limiter(2, queueLimit: 3);
        var lease = await limiter.AcquireAsync(1);
        var wait = limiter.AcquireAsync(2).AsTask();
        await JoinedAsync(limiter, 2);

        Assert.False(limiter.AttemptAcquire(1).IsAcquired);

        Free(lease);
        Assert.True((await wait).IsAcquired);
    }

    [Theory]
    [InlineData(QueueProcessingOrder.OldestFirst)]
    [InlineData(QueueProcessingOrder.NewestFirst)]
    public async Task Cancel_WhileWaiting_ThrowsWithTheTokenAndGivesRoomAndPermitsBack(QueueProcessingOrder order)
    {
        await using var limiter = Limiter(1, queueLimit: 1, order);
        var lease = await limiter.AcquireAsync(1);
        using var cancel = new CancellationTokenSource();
        var wait = limiter.AcquireAsync(1, cancel.Token).AsTask();
        await JoinedAsync(limiter, 1);

        await cancel.CancelAsync();
        Assert.Equal(cancel.Token, (await Assert.ThrowsAsync<TaskCanceledException>(() => wait)).CancellationToken);

        wait = limiter.AcquireAsync(1).AsTask();
        await JoinedAsync(limiter, 1);
        Assert.False(wait.IsCompleted);
        Free(lease);
        Assert.True((await wait).IsAcquired);
    }

    [Fact]
    public async Task Cancel_BeforeAsking_ThrowsAndTakesNothing()
    {
        await using var limiter = Limiter(1, queueLimit: 1);
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        var error = await Assert.ThrowsAsync<TaskCanceledException>(() => limiter.AcquireAsync(1, cancel.Token).AsTask());

        Assert.Equal(cancel.Token, error.CancellationToken);
        Assert.True((await limiter.AcquireAsync(1)).IsAcquired);
    }

    [Fact]
    public async Task NewestFirst_OneCancelledAndOneWaits_ANewcomerDropsOnlyWhoIsThere()
    {
        await using var limiter = Limiter(2, queueLimit: 2, QueueProcessingOrder.NewestFirst);
        var lease = await limiter.AcquireAsync(2);
        using var cancel = new CancellationTokenSource();
        var cancelled = limiter.AcquireAsync(1, cancel.Token).AsTask();
        await JoinedAsync(limiter, 1);
        var dropped = limiter.AcquireAsync(1).AsTask();
        await JoinedAsync(limiter, 2);

        await cancel.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => cancelled);
        var newest = limiter.AcquireAsync(2).AsTask();
        Assert.False((await dropped).IsAcquired);
        Assert.False(newest.IsCompleted);

        Free(lease);
        Free(lease);
        Assert.True((await newest).IsAcquired);
    }

    [Fact]
    public async Task Dispose_AfterACancelledWait_DoesNothingMore()
    {
        var limiter = Limiter(1, queueLimit: 1);
        using var lease = await limiter.AcquireAsync(1);
        using var cancel = new CancellationTokenSource();
        var wait = limiter.AcquireAsync(1, cancel.Token).AsTask();
        await JoinedAsync(limiter, 1);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => wait);

        limiter.Dispose();
        limiter.Dispose();
        await limiter.DisposeAsync();
    }

    [Theory]
    [InlineData(QueueProcessingOrder.OldestFirst, false)]
    [InlineData(QueueProcessingOrder.OldestFirst, true)]
    [InlineData(QueueProcessingOrder.NewestFirst, false)]
    [InlineData(QueueProcessingOrder.NewestFirst, true)]
    public async Task Dispose_WhileSomeWait_RefusesThemAndWhoeverComes(QueueProcessingOrder order, bool isAsync)
    {
        var limiter = Limiter(1, queueLimit: 3, order);
        using var lease = await limiter.AcquireAsync(1);
        var waits = new List<Task<RateLimitLease>>();
        for (var i = 1; i <= 3; i++)
        {
            waits.Add(limiter.AcquireAsync(1).AsTask());
            await JoinedAsync(limiter, i);
        }

        if (isAsync)
        {
            await limiter.DisposeAsync();
        }
        else
        {
            limiter.Dispose();
        }

        Assert.All(await Task.WhenAll(waits), failed => Assert.False(failed.IsAcquired));
        lease.Dispose();
        Assert.Throws<ObjectDisposedException>(() => limiter.AttemptAcquire(1));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => limiter.AcquireAsync(1).AsTask());
        Assert.Throws<ObjectDisposedException>(() => limiter.GetStatistics());
    }

    [Theory]
    [InlineData(QueueProcessingOrder.OldestFirst)]
    [InlineData(QueueProcessingOrder.NewestFirst)]
    public async Task MaxWait_TooShort_RefusesBeforeOrWhenItIsOver(QueueProcessingOrder order)
    {
        await using var limiter = Limiter(1, queueLimit: 2, order, TimeSpan.FromMilliseconds(500));
        using var lease = await limiter.AcquireAsync(1);

        var wait = limiter.AcquireAsync(1).AsTask();
        await ArrivedAsync(limiter, wait);
        Clock.Advance(TimeSpan.FromMilliseconds(500));
        await Eventually.IsTrueAsync(
            () =>
            {
                Clock.Advance(TimeSpan.Zero);
                return wait.IsCompleted;
            },
            "a refusal in time");

        Assert.False((await wait).IsAcquired);
    }

    /// <summary>Waits until the only caller waits, or is answered; in this process it does or is at once.</summary>
    private protected virtual Task ArrivedAsync(RateLimiter limiter, Task wait) => Task.CompletedTask;

    /// <summary>Waits until one caller waits at the throttle, for however many permits: only then may the clock move.</summary>
    private protected virtual Task OneWaitsAsync() => Task.CompletedTask;

    /// <summary>Waits until so many permits are waited for; in this process they are at once.</summary>
    private protected virtual Task JoinedAsync(RateLimiter limiter, int queued)
    {
        Assert.Equal(queued, limiter.GetStatistics()!.CurrentQueuedCount);
        return Task.CompletedTask;
    }
}
