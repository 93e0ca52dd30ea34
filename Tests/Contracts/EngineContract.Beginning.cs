using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Contracts;

public abstract partial class EngineContract
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Begin_AfterALateCall_WaitsAnIntervalFromWhenItRan()
    {
        await using var engine = await StartAsync(LimitBy.Spacing("permits", "10s", 2, "user"));
        var first = await engine.Throttle.ReserveAsync(Wait(60));
        var second = await engine.Throttle.ReserveAsync(Wait(60));
        await engine.AdvanceAsync(Second / 2);
        var begun = await engine.Throttle.BeginAsync(first);
        await engine.AdvanceAsync(Second / 4);
        Assert.True(await engine.Throttle.RanAsync(first, Second / 8));
        await engine.AdvanceAsync(9.25 * Second);

        var early = await engine.Throttle.BeginAsync(second);

        Assert.Equal((PermitOutcome.Begun, Second), (begun.Outcome, begun.Within));
        Assert.Equal((PermitOutcome.Wait, 0.625 * Second), (early.Outcome, early.Wait));
        await engine.AdvanceAsync(early.Wait);
        Assert.Equal(PermitOutcome.Begun, (await engine.Throttle.BeginAsync(new ThrottleRequest([("user", "1")]), second.At)).Outcome);
    }

    [Fact]
    public async Task Begin_LaterThanTheGrace_IsExpired()
    {
        await using var engine = await StartAsync(LimitBy.Spacing("permits", "10s", 2, "user"));
        var permit = await engine.Throttle.AcquireAsync(Wait(0));
        await engine.AdvanceAsync(Second + TimeSpan.FromTicks(1));

        var begin = await engine.Throttle.BeginAsync(permit);

        Assert.Equal((PermitOutcome.Expired, TimeSpan.Zero, TimeSpan.Zero), (begin.Outcome, begin.Within, begin.Wait));
    }

    [Fact]
    public async Task Begin_UnderTwoSpacings_WaitsForBoth()
    {
        await using var engine = await StartAsync(
            LimitBy.Spacing("user", "10s", 2, "user"), LimitBy.Spacing("api", "20s", 2, "api"), LimitBy.TokenBucket("rate", 10, "1/s"));
        var other = await engine.Throttle.AcquireAsync([("api", "x")]);
        Assert.Equal(PermitOutcome.Begun, (await engine.Throttle.BeginAsync(other)).Outcome);
        var both = await engine.Throttle.ReserveAsync(new([("user", "1"), ("api", "x")], 1, 60 * Second));
        await engine.AdvanceAsync(20 * Second);

        // The other has not told when it ran: up to two seconds later.
        var early = await engine.Throttle.BeginAsync(both);
        await engine.AdvanceAsync(early.Wait);

        Assert.Equal((PermitOutcome.Wait, 2 * Second), (early.Outcome, early.Wait));
        var begun = await engine.Throttle.BeginAsync(both);
        Assert.Equal((PermitOutcome.Begun, Second), (begun.Outcome, begun.Within));
    }

    [Fact]
    public async Task Factor_OfAnAdaptiveBucket_IsSeenAndMayBeSetWithinItsBounds()
    {
        var adaptive = new AdaptiveNumbers { IsSettable = true };
        await using var engine = await StartAsync(
            LimitBy.LeakyBucket("level", 10, "1/h", "user") with { Limit = new LeakyBucketSpec(10, new Rate(1, TimeSpan.TicksPerHour), adaptive) },
            LimitBy.LeakyBucket("steady", 10, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], cost: 10);

        Assert.Equal(Factor.One, await FactorAsync(engine));
        await engine.AdvanceAsync(Second);
        Assert.Equal(Factor.Parse("0.73"), await FactorAsync(engine));
        Assert.Equal(Factor.Parse("10"), await engine.Throttle.SetFactorAsync("level", "1", Factor.Parse("50")));
        Assert.Equal(Factor.Parse("10"), await FactorAsync(engine));
        Assert.Null(await engine.Throttle.SetFactorAsync("no-such", "1", Factor.One));
        Assert.Null((await engine.Throttle.InspectAsync("steady", "1"))!.Value.Factor);
        await Assert.ThrowsAsync<FactorNotSettableException>(async () => await engine.Throttle.SetFactorAsync("steady", "1", Factor.One));
    }

    [Fact]
    public async Task Acquire_AboveCapacityWhereDebtIsAllowed_IsServedToThoseWhoWait()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("debt", 5, "1/s", "user") with { Limit = new TokenBucketSpec(5, new Rate(1, TimeSpan.TicksPerSecond)) { Debt = 5 } });

        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")], cost: 8)).NeverFits);
        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")], cost: 11, maxWait: 60 * Second)).NeverFits);
        var waiting = engine.Throttle.AcquireAsync([("user", "1")], cost: 8, maxWait: 60 * Second).AsTask();
        await engine.AdvanceAsync(3 * Second);

        Assert.True((await waiting.WaitAsync(Patience)).IsAllowed);
        Assert.Equal(Second, (await engine.Throttle.AcquireAsync([("user", "1")])).RetryAfter);
    }

    private static async Task<Factor?> FactorAsync(EngineHarness engine) => (await engine.Throttle.InspectAsync("level", "1"))!.Value.Factor;
}
