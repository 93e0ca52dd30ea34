using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Tests.Contracts;

public abstract partial class EngineContract
{
    private static readonly Rule[] TwoLeases = [LimitBy.Concurrency("first", 1, "10m", "user"), LimitBy.Concurrency("second", 1, "10m", "job")];
    private static readonly Rule[] LeaseAndRate = [LimitBy.TokenBucket("rate", 1, "1/10s"), LimitBy.Concurrency("jobs", 1, "10m", "job")];

    [Fact]
    public async Task Leases_AnotherRuleRefusesAlready_NobodyWaitsInLine()
    {
        await using var engine = await StartAsync(LimitBy.Concurrency("jobs", 1, "10m"), LimitBy.TokenBucket("rate", 1, "1/h"));
        await engine.Throttle.AcquireAsync(Wait(1));

        var refused = await engine.Throttle.AcquireAsync(Wait(60)).AsTask().WaitAsync(Patience);

        Assert.Equal(("rate", TimeSpan.FromHours(1)), (refused.Rule!.Id, refused.RetryAfter));
        Assert.Equal([false, false], refused.Rules.Select(r => r.IsAllowed));
    }

    [Fact]
    public async Task Leases_WaitingForTheSecond_HoldsTheFirstUntilItGoes()
    {
        await using var engine = await StartAsync(TwoLeases);
        var held = await engine.Throttle.AcquireAsync([("job", "1")]);
        var waiting = engine.Throttle.AcquireAsync(Job(60)).AsTask();
        await HoldsAsync(engine, "first", 0);

        await engine.Throttle.EndLeaseAsync(held.Lease!);

        var allowed = await waiting.WaitAsync(Patience);
        Assert.True(allowed.IsAllowed);
        Assert.True(await engine.Throttle.EndLeaseAsync(allowed.Lease!));
        await HoldsAsync(engine, "first", 1);
        await HoldsAsync(engine, "second", 1);
    }

    [Fact]
    public async Task Leases_CancelledWaitingForTheSecond_EndsTheFirst()
    {
        await using var engine = await StartAsync(TwoLeases);
        await engine.Throttle.AcquireAsync([("job", "1")]);
        using var cancel = new CancellationTokenSource();
        var waiting = engine.Throttle.AcquireAsync(Job(60), cancel.Token).AsTask();
        await HoldsAsync(engine, "first", 0);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
        await HoldsAsync(engine, "first", 1);
    }

    [Fact]
    public async Task Leases_SecondNotInTime_EndsTheFirstAndShowsWhatItHolds()
    {
        await using var engine = await StartAsync(TwoLeases);
        await engine.Throttle.AcquireAsync([("job", "1")]);
        var waiting = engine.Throttle.AcquireAsync(Job(5)).AsTask();
        await HoldsAsync(engine, "first", 0);

        await engine.AdvanceAsync(TimeSpan.FromSeconds(5));

        var refused = await waiting.WaitAsync(Patience);
        Assert.Equal(("second", null), (refused.Rule!.Id, refused.Lease));
        Assert.Equal([("first", true, 1L), ("second", false, 0L)], refused.Rules.Select(r => (r.Rule.Id, r.IsAllowed, r.Limiter.Remaining)));
    }

    [Fact]
    public async Task Leases_ThenATurn_CompletesWithBoth()
    {
        await using var engine = await StartAsync(LeaseAndRate);
        await engine.Throttle.AcquireAsync([("user", "1")]);
        var waiting = engine.Throttle.AcquireAsync(Job(30)).AsTask();
        await HoldsAsync(engine, "jobs", 0);

        Assert.False(waiting.IsCompleted);
        await engine.AdvanceAsync(TimeSpan.FromSeconds(10));

        var allowed = await waiting.WaitAsync(Patience);
        Assert.Equal((true, TimeSpan.Zero), (allowed.IsAllowed, allowed.Delay));
        Assert.True(await engine.Throttle.EndLeaseAsync(allowed.Lease!));
    }

    [Fact]
    public async Task Leases_CancelledWaitingForATurn_GivesBothBack()
    {
        await using var engine = await StartAsync(LeaseAndRate);
        await engine.Throttle.AcquireAsync([("user", "1")]);
        using var cancel = new CancellationTokenSource();
        var waiting = engine.Throttle.AcquireAsync(Job(30), cancel.Token).AsTask();
        await HoldsAsync(engine, "jobs", 0);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
        await HoldsAsync(engine, "jobs", 1);
        await engine.AdvanceAsync(TimeSpan.FromSeconds(10));
        await HoldsAsync(engine, "rate", 1, "");
    }

    private static ThrottleRequest Job(double seconds) => new([("user", "1"), ("job", "1")], 1, TimeSpan.FromSeconds(seconds));

    private static Task HoldsAsync(EngineHarness engine, string rule, long remaining, string key = "1") => Eventually.IsTrueAsync(
        async () => (await engine.Throttle.InspectAsync(rule, key))!.Value.Limiter.Remaining == remaining, $"{rule} holds {remaining}");
}
