using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Contracts;

/// <content>One rule's bucket, asked by its key.</content>
public abstract partial class EngineContract
{
    [Fact]
    public async Task Take_ByKey_TakesFromThatRuleAlone()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("a", 5, "1/s", "user") with { Cost = new(2) }, LimitBy.TokenBucket("b", 5, "1/s", "user"));

        var taken = await engine.Throttle.TakeAsync("a", "1", 3);
        var refused = await engine.Throttle.TakeAsync("a", "1", 3);

        Assert.Equal((true, 2L, "a", "1"), (taken!.Value.IsAllowed, taken.Value.Limiter.Remaining, taken.Value.Rule.Id, taken.Value.Key));
        Assert.Equal((false, 2L), (refused!.Value.IsAllowed, refused.Value.Limiter.Remaining));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Value.RetryAfter);
        Assert.Equal(5, (await engine.Throttle.InspectAsync("b", "1"))!.Value.Limiter.Remaining);

        // The same bucket as by attributes.
        Assert.Equal(0, (await engine.Throttle.AcquireAsync([("user", "1")])).Remaining);
    }

    [Fact]
    public async Task Take_Nothing_AsksWithoutTaking()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 5, "1/s", "user"));
        Assert.Equal(5, (await engine.Throttle.TakeAsync("a", "1", 0))!.Value.Limiter.Remaining);
        Assert.True((await engine.Throttle.TakeAsync("a", "1", 6))!.Value.Limiter.NeverFits);
        Assert.Equal(5, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task GiveBack_ByKey_FillsUpAndNoFurther()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 5, "1/h", "user"));
        await engine.Throttle.TakeAsync("a", "1", 4);
        Assert.Equal(3, (await engine.Throttle.GiveBackAsync("a", "1", 2))!.Value.Limiter.Remaining);
        Assert.Equal(5, (await engine.Throttle.GiveBackAsync("a", "1", Limits.MaxPermits))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task TakeAndGiveBack_Misuse_ChangesNothing()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("a", 5, "1/s", "user"), LimitBy.Concurrency("held", 1, "30s", "user"));
        var throttle = engine.Throttle;
        Assert.Null(await throttle.TakeAsync("none", "1"));
        Assert.Null(await throttle.GiveBackAsync("none", "1"));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await throttle.TakeAsync("a", "1", -1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await throttle.TakeAsync("a", "1", Limits.MaxPermits + 1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await throttle.GiveBackAsync("a", "1", -1));
        await Assert.ThrowsAsync<ArgumentException>(async () => await throttle.GiveBackAsync("held", "1"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await throttle.TakeAsync("a", "1", 1, new CancellationToken(canceled: true)));
        Assert.Equal(5, (await throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);

        var lease = (await throttle.TakeAsync("held", "1"))!.Value.Lease;
        Assert.True(await throttle.EndLeaseAsync(lease!), "What was taken by key is held by a lease as well.");
    }
}
