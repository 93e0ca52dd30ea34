using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Tests.Core.Engine;

/// <summary>Leases that do not belong, shadow rules that must not be felt, and what is counted.</summary>
public sealed class LeaseAndShadowTests
{
    [Theory]
    [InlineData("t:00000000000000000000000000000001:1")]
    [InlineData("t:ffffffffffffffffffffffffffffffff:1")]
    [InlineData("gone:00000000000000000000000000000001:1")]
    public async Task EndLease_MadeUpForARuleWithoutLeases_GivesNothing(string content)
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("t", 2, "1/h", "user")]);
        await engine.Throttle.AcquireAsync([("user", "1")], 2);
        var lease = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(content));

        Assert.False(await engine.Throttle.EndLeaseAsync(lease));
        Assert.Null(await engine.Throttle.RenewLeaseAsync(lease));
        Assert.False((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
    }

    [Fact]
    public async Task EndLease_Twice_FreesOnce()
    {
        await using var engine = new LocalHarness([LimitBy.Concurrency("c", 2, "1h")]);
        var first = await engine.Throttle.AcquireAsync([]);
        await engine.Throttle.AcquireAsync([]);

        Assert.False(await engine.Throttle.EndLeaseAsync($"{first.Lease}.{first.Lease}"));
        Assert.False(await engine.Throttle.ReturnAsync(first));
        Assert.True((await engine.Throttle.AcquireAsync([])).IsAllowed);
        Assert.False((await engine.Throttle.AcquireAsync([])).IsAllowed);
    }

    [Fact]
    public async Task Return_RuleHasAnotherAlgorithmByNow_ALeaseGivesNothing()
    {
        await using var engine = new LocalHarness([LimitBy.Concurrency("c", 2, "1h")]);
        var held = await engine.Throttle.AcquireAsync([], 2);
        await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("c", 2, "1/h")]);

        Assert.False(await engine.Throttle.ReturnAsync(held));
        Assert.False(await engine.Throttle.EndLeaseAsync(held.Lease!));
        Assert.Equal(0, (await engine.Throttle.InspectAsync("c", ""))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task ShadowLease_EndsFirst_TheEnforcedOneIsStillRenewed()
    {
        await using var engine = new LocalHarness(
            [LimitBy.Concurrency("c", 1, "60s"), LimitBy.Concurrency("s", 1, "1s") with { Mode = RuleMode.Shadow }]);
        var held = await engine.Throttle.AcquireAsync([]);
        Assert.Equal(engine.Now.AddSeconds(60), held.ExpiresAt);
        await engine.AdvanceAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(engine.Now.AddSeconds(60), await engine.Throttle.RenewLeaseAsync(held.Lease!));
        Assert.True(await engine.Throttle.EndLeaseAsync(held.Lease!));
        Assert.Null(await engine.Throttle.RenewLeaseAsync(held.Lease!));
    }

    [Fact]
    public async Task ShadowLease_Alone_IsRenewedAndEnded()
    {
        await using var engine = new LocalHarness([LimitBy.Concurrency("s", 1, "10s") with { Mode = RuleMode.Shadow }]);
        var held = await engine.Throttle.AcquireAsync([]);

        Assert.Equal(engine.Now.AddSeconds(10), await engine.Throttle.RenewLeaseAsync(held.Lease!));
        Assert.True(await engine.Throttle.EndLeaseAsync(held.Lease!));
        Assert.False(await engine.Throttle.EndLeaseAsync(held.Lease!));
        Assert.Null(await engine.Throttle.RenewLeaseAsync(held.Lease!));
    }

    [Fact]
    public async Task Peek_Refused_IsNoDecisionToCount()
    {
        await using var engine = new LocalHarness([LimitBy.TokenBucket("r", 1, "1/h", "user")]);
        await engine.Throttle.AcquireAsync([("user", "1")]);
        await engine.Throttle.AcquireAsync([("user", "1")]);

        await engine.Throttle.PeekAsync(new([("user", "1")]));
        await engine.Throttle.PeekAsync(new([("user", "2")]));

        var counts = Assert.Single((await engine.Local.Usage.GetAsync()).Rows).Counts;
        Assert.Equal((1, 1), (counts.Allowed, counts.Refused));
    }
}
