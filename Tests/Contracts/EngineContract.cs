using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Contracts;

/// <summary>What every engine must do, in one process or in a cluster: same cases, same answers.</summary>
public abstract partial class EngineContract
{
    /// <summary>The longest that a real engine may take to do what is due.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Starts an engine with these rules.</summary>
    protected abstract Task<EngineHarness> StartAsync(params Rule[] rules);

    [Fact]
    public async Task Acquire_NoRuleMatches_AllowsAndSaysSo()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("per-user", 1, "1/s", "user"));

        var decision = await engine.Throttle.AcquireAsync([("path", "/x")]);

        Assert.True(decision.IsAllowed);
        Assert.Null(decision.Rule);
        Assert.Empty(decision.Rules);
    }

    [Fact]
    public async Task Acquire_UpToCapacity_ThenRefusesWithExactWait()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("per-user", 20, "10/s", "user"));

        for (var left = 19; left >= 0; left--)
        {
            var allowed = await engine.Throttle.AcquireAsync([("user", "42")]);
            Assert.True(allowed.IsAllowed);
            Assert.Equal(left, allowed.Remaining);
        }

        var refused = await engine.Throttle.AcquireAsync([("user", "42")]);
        Assert.False(refused.IsAllowed);
        Assert.Equal(("per-user", "42", 20L), (refused.Rule!.Id, refused.Key, refused.Limit));
        Assert.Equal(TimeSpan.FromMilliseconds(100), refused.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(2), refused.ResetAfter);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public async Task Acquire_AroundRetryInstant_AllowsOnlyWhenDue(long offsetTicks, bool isAllowed)
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("per-user", 1, "3/s", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")]);
        var refused = await engine.Throttle.AcquireAsync([("user", "1")]);

        await engine.AdvanceAsync(refused.RetryAfter + TimeSpan.FromTicks(offsetTicks));

        Assert.Equal(isAllowed, (await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
    }

    [Fact]
    public async Task Acquire_OtherKey_HasItsOwnBucket()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("pair", 1, "1/s", "a", "b"));

        Assert.True((await engine.Throttle.AcquireAsync([("a", "a"), ("b", "b|c")])).IsAllowed);
        Assert.True((await engine.Throttle.AcquireAsync([("a", "a|b"), ("b", "c")])).IsAllowed);
        Assert.False((await engine.Throttle.AcquireAsync([("b", "c"), ("a", "a|b")])).IsAllowed);
    }

    [Fact]
    public async Task Acquire_CostAboveLimit_NeverFits()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("per-user", 5, "1/s", "user"));

        var decision = await engine.Throttle.AcquireAsync([("user", "1")], cost: 6, maxWait: TimeSpan.FromDays(1));

        Assert.False(decision.IsAllowed);
        Assert.True(decision.NeverFits);
        Assert.Equal(TimeSpan.Zero, decision.RetryAfter);
        Assert.Equal(5, decision.Remaining);
    }

    [Fact]
    public async Task Acquire_CostZero_TakesNothing()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("per-user", 1, "1/s", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")]);

        var asked = await engine.Throttle.AcquireAsync([("user", "1")], cost: 0);

        Assert.True(asked.IsAllowed);
        Assert.Equal(0, asked.Remaining);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(Limits.MaxPermits + 1)]
    public async Task Acquire_CostOutOfRange_ThrowsAndTakesNothing(long cost)
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("per-user", 1, "1/s", "user"));

        var thrown = await Assert.ThrowsAnyAsync<ArgumentException>(
            async () => await engine.Throttle.AcquireAsync([("user", "1")], cost));

        Assert.Contains($"cost is {cost}", thrown.Message, StringComparison.Ordinal);
        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
    }

    [Fact]
    public async Task Acquire_SeveralRules_OneRefusalTakesNothingFromAny()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("user", 10, "1/s", "user"), LimitBy.TokenBucket("all", 2, "1/h"));
        await engine.Throttle.AcquireAsync([("user", "1")]);
        await engine.Throttle.AcquireAsync([("user", "1")]);

        var refused = await engine.Throttle.AcquireAsync([("user", "1")]);

        Assert.False(refused.IsAllowed);
        Assert.Equal("all", refused.Rule!.Id);
        Assert.Equal([("user", true, 8L), ("all", false, 0L)], refused.Rules.Select(r => (r.Rule.Id, r.IsAllowed, r.Limiter.Remaining)));
        Assert.Equal(8, (await engine.Throttle.InspectAsync("user", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Acquire_SeveralRulesAllow_TheScarcestIsDecisive()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("plenty", 100, "1/s", "user"), LimitBy.TokenBucket("scarce", 3, "1/s", "user"));

        var decision = await engine.Throttle.AcquireAsync([("user", "1")]);

        Assert.Equal(("scarce", 2L), (decision.Rule!.Id, decision.Remaining));
    }

    [Fact]
    public async Task Acquire_SeveralRefuse_TheLongestWaitIsDecisive()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("fast", 1, "1/s", "user"), LimitBy.TokenBucket("slow", 1, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")]);

        var refused = await engine.Throttle.AcquireAsync([("user", "1")]);

        Assert.Equal(("slow", TimeSpan.FromHours(1)), (refused.Rule!.Id, refused.RetryAfter));
    }

    [Fact]
    public async Task Acquire_ShadowRuleRefuses_CountsButLetsPass()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("shadow", 1, "1/h", "user") with { Mode = RuleMode.Shadow },
            LimitBy.TokenBucket("real", 3, "1/h", "user"));

        for (var left = 2; left >= 0; left--)
        {
            var decision = await engine.Throttle.AcquireAsync([("user", "1")]);
            Assert.True(decision.IsAllowed);
            Assert.Equal(("real", (long)left), (decision.Rule!.Id, decision.Remaining));
            Assert.Equal(left == 2, decision.Rules[0].IsAllowed);
        }

        Assert.False((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
    }

    [Fact]
    public async Task Acquire_EnforcedRefuses_ShadowTakesNothing()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("shadow", 5, "1/h", "user") with { Mode = RuleMode.Shadow },
            LimitBy.TokenBucket("real", 1, "1/h", "user"));

        await engine.Throttle.AcquireAsync([("user", "1")]);
        await engine.Throttle.AcquireAsync([("user", "1")]);

        Assert.Equal(4, (await engine.Throttle.InspectAsync("shadow", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Acquire_RuleCost_MultipliesUnits()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("bytes", 100, "1/s") with { Cost = new Cost(0, "bytes") },
            LimitBy.TokenBucket("calls", 100, "1/s") with { Cost = new Cost(5) });

        var decision = await engine.Throttle.AcquireAsync([("bytes", "30")], cost: 2);

        Assert.Equal([40L, 90L], decision.Rules.Select(r => r.Limiter.Remaining));
    }

    [Theory]
    [InlineData(1_001, false)]
    [InlineData(8_000, false)]
    [InlineData(8_000, true)]
    public async Task Acquire_LongPath_MatchesByItsEndAndHasItsOwnBucket(int length, bool isBound)
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("deletes", 1, "1/h", "path") with { Match = [new("path", ["/files/**/delete"])] });
        Attributes PathOf(char last)
        {
            Attributes attributes = [("path", $"/files/{new string('x', length)}{last}/delete")];
            return isBound ? attributes.BoundInKeys() : attributes;
        }

        var first = await engine.Throttle.AcquireAsync(PathOf('a'));

        Assert.Equal((true, "deletes"), (first.IsAllowed, first.Rule?.Id));
        Assert.Equal(isBound, first.Key.Length <= 1_000);
        Assert.False((await engine.Throttle.AcquireAsync(PathOf('a'))).IsAllowed);
        Assert.True((await engine.Throttle.AcquireAsync(PathOf('b'))).IsAllowed);
        Assert.Equal(0, (await engine.Throttle.InspectAsync("deletes", first.Key))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Peek_TakesNothing()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("per-user", 1, "1/s", "user"));

        for (var i = 0; i < 3; i++)
        {
            Assert.True((await engine.Throttle.PeekAsync(new([("user", "1")]))).IsAllowed);
        }

        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
        Assert.False((await engine.Throttle.PeekAsync(new([("user", "1")]))).IsAllowed);
    }

    [Fact]
    public async Task Return_Decision_GivesBackInEveryRule()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("a", 1, "1/h", "user"), LimitBy.FixedWindow("b", 1, "1h", "user"), LimitBy.SlidingLog("c", 1, "1h", "user"));
        var taken = await engine.Throttle.AcquireAsync([("user", "1")]);

        Assert.True(await engine.Throttle.ReturnAsync(taken));

        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
    }

    [Fact]
    public async Task Return_ByRequest_GivesBackNeverAboveFull()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 5, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], cost: 2);

        var held = await engine.Throttle.ReturnAsync(new ThrottleRequest([("user", "1")], 4));

        Assert.Equal(5, held.Remaining);
    }

    [Fact]
    public async Task Return_ClosedWindow_GivesNothingBack()
    {
        await using var engine = await StartAsync(LimitBy.FixedWindow("w", 2, "1m", "user"));
        var old = await engine.Throttle.AcquireAsync([("user", "1")]);
        await engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        await engine.Throttle.AcquireAsync([("user", "1")]);

        Assert.False(await engine.Throttle.ReturnAsync(old));

        Assert.Equal(1, (await engine.Throttle.InspectAsync("w", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Inspect_UnknownRule_IsNull()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 5, "1/h", "user"));

        Assert.Null(await engine.Throttle.InspectAsync("b", "1"));
        Assert.Null(await engine.Throttle.ResetAsync("b", "1"));
    }

    [Fact]
    public async Task Reset_UsedBucket_IsNewAgain()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")]);

        Assert.True(await engine.Throttle.ResetAsync("a", "1"));
        Assert.False(await engine.Throttle.ResetAsync("a", "1"));

        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
    }

    [Fact]
    public async Task Acquire_ManyCallersOnOneKey_AdmitsExactlyTheLimit()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 500, "1/h", "user"));

        var allowed = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (var i = 0; i < 10; i++)
            {
                count += (await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed ? 1 : 0;
            }

            return count;
        })));

        Assert.Equal(500, allowed.Sum());
    }
}
