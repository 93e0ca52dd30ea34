using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Tests.Contracts;

public abstract partial class EngineContract
{
    [Fact]
    public async Task Named_Rule_IsAskedAloneWhateverItMatches()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("all", 1, "1/h"),
            LimitBy.TokenBucket("named", 2, "1/h", "user") with { Match = [new("path", ["/elsewhere"])] });
        ThrottleRequest request = new([("user", "1"), ("path", "/here")]) { Rule = "named" };

        var first = await engine.Throttle.AcquireAsync(request);
        var waiting = await engine.Throttle.PeekAsync(request with { MaxWait = TimeSpan.FromHours(3) });
        var each = await engine.Throttle.ReserveEachAsync([request, request, new([])]);

        Assert.Equal(("named", "1", 1L), (Assert.Single(first.Rules).Rule.Id, first.Key, first.Remaining));
        Assert.Equal("named", Assert.Single(waiting.Rules).Rule.Id);
        Assert.Equal([true, false, true], each.Select(d => d.IsAllowed));
        Assert.Equal(["named", "named", "all"], each.Select(d => d.Rule!.Id));
    }

    [Fact]
    public async Task Named_WithoutAKeyAttribute_SharesTheBucketOfTheEmptyValue()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("named", 1, "1/h", "user"));

        Assert.True((await engine.Throttle.AcquireAsync(new ThrottleRequest([]) { Rule = "named" })).IsAllowed);
        Assert.False((await engine.Throttle.AcquireAsync(new ThrottleRequest([("ip", "::1")]) { Rule = "named" })).IsAllowed);
        Assert.True((await engine.Throttle.AcquireAsync(new ThrottleRequest([("user", "1")]) { Rule = "named" })).IsAllowed);
    }

    [Fact]
    public async Task Named_WithAKey_AsksThatBucket()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("named", 2, "1/h", "user"));
        ThrottleRequest byKey = new([("user", "2")]) { Rule = "named", Key = "1" };

        Assert.Equal("1", (await engine.Throttle.AcquireAsync(byKey)).Key);
        Assert.Equal(0, (await engine.Throttle.AcquireAsync([("user", "1")])).Remaining);
        Assert.Equal(1, (await engine.Throttle.ReturnAsync(byKey)).Remaining);
    }

    [Theory]
    [InlineData("ip", "2001:DB8:0::1", "2001:db8::1", "2001:db8:0:0::1")]
    [InlineData("ip", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1")]
    [InlineData("ip/64", "2001:DB8::1", "2001:db8::/64", "2001:db8::ffff")]
    [InlineData("ip/64|trim", "unknown ", "unknown", " unknown")]
    [InlineData("ip|trim|lower", " A", "a", "a ")]
    public async Task Key_ThatNormalizes_MakesOneBucketOfAllSpellings(string part, string one, string key, string other)
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("rule", 5, "1/h", part, "user"));
        var (attributes, bucket, spelled) = (new Attributes([("ip", one), ("user", "A|b")]), BucketKey.Of(key, "A|b"), BucketKey.Of(other, "A|b"));

        var first = await engine.Throttle.AcquireAsync(attributes);
        Assert.Equal((bucket, 4L), (first.Key, first.Remaining));
        Assert.Equal(3, (await engine.Throttle.AcquireAsync([("user", "A|b"), ("ip", other)])).Remaining);
        Assert.Equal(2, (await engine.Throttle.AcquireAsync(new ThrottleRequest([]) { Rule = "rule", Key = spelled })).Remaining);
        Assert.Equal(2, (await engine.Throttle.InspectAsync("rule", spelled))?.Limiter.Remaining);
        Assert.Equal(2, (await engine.Throttle.InspectAsync("rule", bucket))?.Limiter.Remaining);
        Assert.Equal(3, (await engine.Throttle.ReturnAsync(new ThrottleRequest([]) { Rule = "rule", Key = spelled })).Remaining);
        Assert.True(await engine.Throttle.ResetAsync("rule", spelled));
        Assert.Equal(5, (await engine.Throttle.InspectAsync("rule", bucket))?.Limiter.Remaining);
    }

    [Fact]
    public async Task Named_OffOrGone_SaysNothingOrThrows()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("asleep", 1, "1/h") with { Mode = RuleMode.Off });

        Assert.Empty((await engine.Throttle.AcquireAsync(new ThrottleRequest([]) { Rule = "asleep" })).Rules);
        var unknown = await Assert.ThrowsAsync<UnknownRuleException>(async () => await engine.Throttle.AcquireAsync(new ThrottleRequest([]) { Rule = "none" }));
        Assert.Equal("There is no rule 'none'; there are asleep.", unknown.Message);
        await Assert.ThrowsAsync<UnknownRuleException>(async () => await engine.Throttle.PeekAsync(new ThrottleRequest([], MaxWait: TimeSpan.FromSeconds(1)) { Rule = "none" }));
        var misuse = await Assert.ThrowsAsync<ArgumentException>(async () => await engine.Throttle.AcquireAsync(new ThrottleRequest([]) { Key = "1" }));
        Assert.StartsWith("Key is '1' without a rule", misuse.Message, StringComparison.Ordinal);
    }
}
