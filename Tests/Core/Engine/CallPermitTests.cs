using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Engine;

/// <summary>The permit around a call.</summary>
public sealed class CallPermitTests : IDisposable
{
    private static readonly Attributes Api = [("api", "search")];
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly VirtualTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly LocalThrottle _throttle;

    public CallPermitTests() => _throttle = new(
        new LocalRules([LimitBy.Spacing("permits", "3s", 2, "api")]), new LocalThrottleOptions { TimeProvider = _time });

    public void Dispose() => _throttle.Dispose();

    [Fact]
    public async Task Permit_InTime_BeginsOnceAndKeepsItsSlot()
    {
        await using (var permit = await PermitAsync())
        {
            Assert.Equal(PermitOutcome.Granted, permit.Outcome);
            Assert.Equal(PermitOutcome.Begun, await permit.BeginAsync());
            Assert.Equal(PermitOutcome.Begun, await permit.BeginAsync());
        }

        await using var next = await PermitAsync();
        Assert.Equal((PermitOutcome.Refused, 3 * Second), (next.Outcome, next.RetryAfter));
        Assert.Equal(PermitOutcome.Refused, await next.BeginAsync());
    }

    [Fact]
    public async Task Permit_BegunBeyondItsGrace_IsExpiredNotRefused()
    {
        await using var permit = await PermitAsync();
        _time.Advance(0.3 * Second + TimeSpan.FromTicks(1));

        Assert.Equal(PermitOutcome.Expired, await permit.BeginAsync());
    }

    [Fact]
    public async Task Permit_DisposedUnused_GivesItsSlotBack()
    {
        await using (await PermitAsync())
        {
        }

        await using var next = await PermitAsync();
        Assert.Equal(PermitOutcome.Granted, next.Outcome);
    }

    /// <summary>The call was not made: it must not be paid for where it is limited in another way, too.</summary>
    [Fact]
    public async Task Permit_Expired_GivesBackOnceWhatOtherRulesTook()
    {
        using var throttle = WithBudget();
        var permit = await throttle.PermitAsync(Api, time: _time);
        _time.Advance(0.3 * Second + TimeSpan.FromTicks(1));
        Assert.Equal(PermitOutcome.Expired, await permit.BeginAsync());

        await permit.DisposeAsync();
        Assert.Equal(10, (await throttle.InspectAsync("budget", ""))!.Value.Limiter.Remaining);

        // What others have taken since stays theirs.
        Assert.True((await throttle.ReserveAsync(new([]) { Rule = "budget" })).IsAllowed);
        await permit.DisposeAsync();
        Assert.Equal((PermitOutcome.Expired, 9L), (permit.Outcome, (await throttle.InspectAsync("budget", ""))!.Value.Limiter.Remaining));
    }

    [Fact]
    public async Task Permit_ThatCouldNotBeBegun_GivesBackWhatItTook()
    {
        using var throttle = WithBudget();
        await using (var permit = await UnbeginnableThrottle.Over(throttle).PermitAsync(Api, time: _time))
        {
            Assert.Equal(PermitOutcome.Unavailable, await permit.BeginAsync());
        }

        Assert.Equal(10, (await throttle.InspectAsync("budget", ""))!.Value.Limiter.Remaining);
        Assert.True((await throttle.ReserveAsync(new(Api))).IsAllowed);
    }

    [Fact]
    public async Task Permit_Begun_KeepsWhatOtherRulesTook()
    {
        using var throttle = WithBudget();
        await using (var permit = await throttle.PermitAsync(Api, time: _time))
        {
            Assert.Equal(PermitOutcome.Begun, await permit.BeginAsync());
        }

        Assert.Equal(9, (await throttle.InspectAsync("budget", ""))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Permit_AfterALateCall_WaitsByItselfForAnIntervalFromIt()
    {
        await using var first = await PermitAsync();
        var reserving = PermitAsync(10 * Second).AsTask();
        _time.Advance(0.2 * Second);
        Assert.Equal(PermitOutcome.Begun, await first.BeginAsync());
        _time.Advance(2.8 * Second);
        await using var second = await reserving;

        var beginning = second.BeginAsync().AsTask();
        _time.Advance(0.2 * Second - TimeSpan.FromTicks(1));
        Assert.False(beginning.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(PermitOutcome.Begun, await beginning);
    }

    [Fact]
    public async Task Permit_CancelledWhileItWaitsToBegin_ThrowsAndGivesBack()
    {
        await using var first = await PermitAsync();
        var reserving = PermitAsync(10 * Second).AsTask();
        _time.Advance(0.2 * Second);
        await first.BeginAsync();
        _time.Advance(2.8 * Second);
        var second = await reserving;
        using var cancel = new CancellationTokenSource();
        var beginning = second.BeginAsync(cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beginning);
        await second.DisposeAsync();
        Assert.Equal(PermitOutcome.Returned, second.Outcome);
        _time.Advance(0.2 * Second);
        await using var third = await PermitAsync();
        Assert.Equal(PermitOutcome.Begun, await third.BeginAsync());
    }

    [Fact]
    public async Task Permit_NoRuleSpacesIt_BeginsWhenever()
    {
        await using var permit = await _throttle.PermitAsync([("path", "/x")], time: _time);
        _time.Advance(1_000 * Second);

        Assert.Equal(PermitOutcome.Begun, await permit.BeginAsync());
    }

    [Fact]
    public async Task Begin_OfARefusal_IsMisuse()
    {
        await using var permit = await PermitAsync();
        var refused = await _throttle.AcquireAsync(Api);

        await Assert.ThrowsAsync<ArgumentException>(async () => await _throttle.BeginAsync(refused));
    }

    /// <summary>A bucket that was forgotten is remembered again by what begins: the next is spaced from it.</summary>
    [Fact]
    public async Task Begin_OfABucketThatWasReset_StillSpacesTheNext()
    {
        await using var permit = await PermitAsync();
        await _throttle.ResetAsync("permits", "search");

        Assert.Equal(PermitOutcome.Begun, await permit.BeginAsync());

        Assert.Equal(3 * Second, (await _throttle.AcquireAsync(Api)).RetryAfter);
    }

    private LocalThrottle WithBudget() => new(
        new LocalRules([LimitBy.Spacing("permits", "3s", 2, "api"), LimitBy.TokenBucket("budget", 10, "1/h")]),
        new LocalThrottleOptions { TimeProvider = _time });

    private ValueTask<CallPermit> PermitAsync(TimeSpan maxWait = default) => _throttle.PermitAsync(Api, maxWait, _time);
}
