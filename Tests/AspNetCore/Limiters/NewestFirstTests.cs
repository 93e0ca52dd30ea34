using System.Threading.RateLimiting;
using Throttle.AspNetCore.Limiters;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>Whoever stands in a line that goes newest first is answered, whatever happens.</summary>
public sealed class NewestFirstTests : IAsyncDisposable
{
    private readonly VirtualTimeProvider _clock = new(TestApp.Start);
    private readonly LocalRules _rules = new([LimitBy.TokenBucket("rule", 5, "1/s"), LimitBy.Concurrency("place", 1, "1m")]);
    private readonly LocalThrottle _throttle;

    public NewestFirstTests() => _throttle = new(_rules, new LocalThrottleOptions { TimeProvider = _clock });

    public ValueTask DisposeAsync() => _throttle.DisposeAsync();

    [Fact]
    public async Task Waiter_ForMoreThanTheRuleAllowsByNow_IsToldSo()
    {
        await using var limiter = Limiter(_throttle, "rule", _clock);
        Assert.True((await limiter.AcquireAsync(5)).IsAcquired);
        var wait = limiter.AcquireAsync(5).AsTask();
        _rules.Replace([LimitBy.TokenBucket("rule", 3, "1/s")]);

        // Whoever asks interrupts it, so that it is asked for again.
        Assert.False(limiter.AttemptAcquire(1).IsAcquired);

        await Eventually.IsTrueAsync(() => wait.IsCompleted, "an answer to who waits for more than there can be");
        Assert.Equal("permitCount", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => wait)).ParamName);
        Assert.Equal(0, limiter.GetStatistics()!.CurrentQueuedCount);
    }

    [Fact]
    public async Task MaxWait_LongerThanTheSystemsTimersTake_Waits()
    {
        await using var limiter = Limiter(_throttle, "rule", TimeProvider.System, TimeSpan.FromDays(60));
        Assert.True((await limiter.AcquireAsync(5)).IsAcquired);

        var wait = limiter.AcquireAsync(1).AsTask();
        Assert.False(wait.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True((await wait).IsAcquired);
    }

    [Fact]
    public async Task MaxWait_LongerThanTheSystemsTimersTake_EndsThere()
    {
        var clock = new VirtualTimeProvider(TestApp.Start);
        await using var limiter = Limiter(_throttle, "place", new PlainClock(clock), TimeSpan.FromDays(60));
        Assert.True((await _throttle.AcquireAsync(new([]) { Rule = "place", Key = "" })).IsAllowed);
        var wait = limiter.AcquireAsync(1).AsTask();

        clock.Advance(TimeSpan.FromDays(60) - TimeSpan.FromTicks(1));
        Assert.Equal(1, limiter.GetStatistics()!.CurrentQueuedCount);
        clock.Advance(TimeSpan.FromTicks(1));

        Assert.Equal("The wait took too long", Reason(await wait));
    }

    [Fact]
    public async Task Dispose_WhileSomebodyAsks_LetsNobodyJoin()
    {
        var elsewhere = new WrappedThrottle(_throttle);
        var limiter = Limiter(elsewhere, "rule", _clock);
        Assert.True((await limiter.AcquireAsync(5)).IsAcquired);
        elsewhere.Hold();
        var wait = limiter.AcquireAsync(1).AsTask();
        Assert.Equal(1, elsewhere.UnderWay);

        await limiter.DisposeAsync();
        elsewhere.Release();

        await Eventually.IsTrueAsync(() => wait.IsCompleted, "an answer to who asked before the limiter was disposed");
        Assert.Equal("The limiter was disposed", Reason(await wait));
    }

    private static ThrottleRateLimiter Limiter(IThrottle throttle, string rule, TimeProvider clock, TimeSpan? maxWait = null) => new(throttle, rule, "", new()
    {
        QueueLimit = 10,
        QueueProcessingOrder = QueueProcessingOrder.NewestFirst,
        MaxWait = maxWait,
        TimeProvider = clock,
    });

    private static string? Reason(RateLimitLease lease)
    {
        Assert.False(lease.IsAcquired);
        return lease.TryGetMetadata(MetadataName.ReasonPhrase, out var reason) ? reason : null;
    }

    /// <summary>A clock of which nobody knows that it is virtual: timers are set as the system's are.</summary>
    private sealed class PlainClock(VirtualTimeProvider clock) : TimeProvider
    {
        public override long TimestampFrequency => clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override long GetTimestamp() => clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            clock.CreateTimer(callback, state, dueTime, period);
    }
}
