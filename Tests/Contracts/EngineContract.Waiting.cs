using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Tests.Contracts;

public abstract partial class EngineContract
{
    [Fact]
    public async Task Reserve_MayWait_AnswersAtOnceWithTheDelay()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/s", "user"));

        var delays = new List<double>();
        for (var i = 0; i < 4; i++)
        {
            delays.Add((await engine.Throttle.ReserveAsync(Wait(2))).Delay.TotalSeconds);
        }

        Assert.Equal([0, 1, 2, 0], delays);
        var refused = await engine.Throttle.ReserveAsync(Wait(2));
        Assert.False(refused.IsAllowed);
        Assert.Equal(TimeSpan.FromSeconds(3), refused.RetryAfter);
    }

    [Fact]
    public async Task Acquire_MayWait_CompletesAtItsTurnInOrder()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/s", "user"));
        await engine.Throttle.AcquireAsync(Wait(0));
        var waiting = Enumerable.Range(0, 3).Select(_ => engine.Throttle.AcquireAsync(Wait(10)).AsTask()).ToArray();

        for (var served = 0; served < 3; served++)
        {
            Assert.Equal(served, waiting.Count(t => t.IsCompleted));
            await engine.AdvanceAsync(TimeSpan.FromSeconds(1));
            var decision = await waiting[served].WaitAsync(Patience);
            Assert.True(decision.IsAllowed);
            Assert.Equal(TimeSpan.Zero, decision.Delay);
            Assert.Equal(engine.Now, decision.At);
        }
    }

    [Fact]
    public async Task Acquire_DeadlineCannotBeMet_IsRefusedAtOnceAndTakesNothing()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/s", "user"));
        await engine.Throttle.AcquireAsync(Wait(0));

        var refused = await engine.Throttle.AcquireAsync(new([("user", "1")], 1, TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1)));

        Assert.False(refused.IsAllowed);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.RetryAfter);
        await engine.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.True((await engine.Throttle.AcquireAsync(Wait(0))).IsAllowed);
    }

    [Fact]
    public async Task Acquire_WaiterCancelled_ThoseBehindMoveUp()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/s", "user"));
        await engine.Throttle.AcquireAsync(Wait(0));
        using var cancel = new CancellationTokenSource();
        var first = engine.Throttle.AcquireAsync(Wait(10), cancel.Token).AsTask();
        var second = engine.Throttle.AcquireAsync(Wait(10)).AsTask();
        var third = engine.Throttle.AcquireAsync(Wait(10)).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        await engine.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.True((await second.WaitAsync(Patience)).IsAllowed);
        Assert.False(third.IsCompleted);
        await engine.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.True((await third.WaitAsync(Patience)).IsAllowed);
        Assert.Equal(TimeSpan.FromSeconds(1), (await engine.Throttle.AcquireAsync(Wait(0))).RetryAfter);
    }

    [Fact]
    public async Task Acquire_AllWaitersCancelledInAnyOrder_LosesNoPermit()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 5, "1/s", "user"));
        await engine.Throttle.AcquireAsync(new([("user", "1")], 5));
        var cancels = Enumerable.Range(0, 6).Select(_ => new CancellationTokenSource()).ToArray();
        var waiting = cancels.Select((c, i) =>
            engine.Throttle.AcquireAsync(new([("user", "1")], 1 + (i % 3), TimeSpan.FromMinutes(1)), c.Token).AsTask()).ToArray();

        foreach (var i in new[] { 2, 0, 5, 1, 4, 3 })
        {
            await cancels[i].CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[i]);
            cancels[i].Dispose();
        }

        var held = (await engine.Throttle.InspectAsync("a", "1"))!.Value;
        Assert.Equal((0L, TimeSpan.FromSeconds(5)), (held.Limiter.Remaining, held.ResetAfter));
    }

    [Fact]
    public async Task Acquire_AlreadyCancelled_ThrowsAndTakesNothing()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/s", "user"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await engine.Throttle.AcquireAsync(Wait(0), new CancellationToken(canceled: true)));

        Assert.True((await engine.Throttle.AcquireAsync(Wait(0))).IsAllowed);
    }

    [Fact]
    public async Task Acquire_SeveralRulesWait_TheLongestCounts()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("a", 1, "1/s", "user"), LimitBy.TokenBucket("b", 1, "1/4s", "user"));
        await engine.Throttle.AcquireAsync(Wait(0));

        var reserved = await engine.Throttle.ReserveAsync(Wait(10));

        Assert.Equal(TimeSpan.FromSeconds(4), reserved.Delay);
        Assert.True(await engine.Throttle.ReturnAsync(reserved));
        Assert.Equal(TimeSpan.FromSeconds(4), (await engine.Throttle.ReserveAsync(Wait(10))).Delay);
    }

    [Fact]
    public async Task Acquire_SeveralRulesCancelled_GivesAllBack()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("a", 1, "1/s", "user"), LimitBy.TokenBucket("b", 1, "1/4s", "user"));
        await engine.Throttle.AcquireAsync(Wait(0));
        using var cancel = new CancellationTokenSource();
        var waiting = engine.Throttle.AcquireAsync(Wait(10), cancel.Token).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        await engine.AdvanceAsync(TimeSpan.FromSeconds(4));
        Assert.True((await engine.Throttle.AcquireAsync(Wait(0))).IsAllowed);
    }

    [Fact]
    public async Task Acquire_ReservationReturnedBehindOthers_IsTakenByTheNext()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/s", "user"));
        await engine.Throttle.ReserveAsync(Wait(10));
        var first = await engine.Throttle.ReserveAsync(Wait(10));
        await engine.Throttle.ReserveAsync(Wait(10));

        Assert.True(await engine.Throttle.ReturnAsync(first));

        Assert.Equal(TimeSpan.FromSeconds(1), (await engine.Throttle.ReserveAsync(Wait(10))).Delay);
        Assert.Equal(TimeSpan.FromSeconds(3), (await engine.Throttle.ReserveAsync(Wait(10))).Delay);
    }

    [Fact]
    public async Task Lease_HeldRenewedAndEnded_FreesExactlyThen()
    {
        await using var engine = await StartAsync(LimitBy.Concurrency("jobs", 1, "10s"));
        var held = await engine.Throttle.AcquireAsync(Wait(0));
        Assert.NotNull(held.Lease);
        Assert.Equal(engine.Now.AddSeconds(10), held.ExpiresAt);
        Assert.False((await engine.Throttle.AcquireAsync(Wait(0))).IsAllowed);

        await engine.AdvanceAsync(TimeSpan.FromSeconds(6));
        Assert.Equal(engine.Now.AddSeconds(10), await engine.Throttle.RenewLeaseAsync(held.Lease));
        await engine.AdvanceAsync(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.False((await engine.Throttle.AcquireAsync(Wait(0))).IsAllowed);
        await engine.AdvanceAsync(TimeSpan.FromTicks(1));
        Assert.Null(await engine.Throttle.RenewLeaseAsync(held.Lease));
        Assert.False(await engine.Throttle.EndLeaseAsync(held.Lease));
        var next = await engine.Throttle.AcquireAsync(Wait(0));
        Assert.True(next.IsAllowed);
        Assert.True(await engine.Throttle.EndLeaseAsync(next.Lease!));
        Assert.True((await engine.Throttle.AcquireAsync(Wait(0))).IsAllowed);
    }

    [Fact]
    public async Task Lease_Waiters_AreServedInOrderAndNobodyOvertakes()
    {
        await using var engine = await StartAsync(LimitBy.Concurrency("jobs", 1, "10s"));
        var held = await engine.Throttle.AcquireAsync(Wait(0));
        var first = engine.Throttle.AcquireAsync(Wait(60)).AsTask();
        var second = engine.Throttle.AcquireAsync(Wait(60)).AsTask();

        Assert.True(await engine.Throttle.EndLeaseAsync(held.Lease!));
        var firstHeld = await first.WaitAsync(Patience);
        Assert.True(firstHeld.IsAllowed);
        Assert.False(second.IsCompleted);
        Assert.False((await engine.Throttle.AcquireAsync(Wait(0))).IsAllowed);

        // The holder is lost; its permit comes back when its lease ends.
        await engine.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.True((await second.WaitAsync(Patience)).IsAllowed);
    }

    [Fact]
    public async Task Lease_WaiterPastItsDeadline_IsRefused()
    {
        await using var engine = await StartAsync(LimitBy.Concurrency("jobs", 1, "60s"));
        await engine.Throttle.AcquireAsync(Wait(0));
        var waiting = engine.Throttle.AcquireAsync(Wait(5)).AsTask();

        await engine.AdvanceAsync(TimeSpan.FromSeconds(5));

        var refused = await waiting.WaitAsync(Patience);
        Assert.False(refused.IsAllowed);
        Assert.True(refused.RetryAfter > TimeSpan.Zero);
    }

    [Fact]
    public async Task Lease_WaiterCancelled_TakesNothing()
    {
        await using var engine = await StartAsync(LimitBy.Concurrency("jobs", 1, "60s"));
        var held = await engine.Throttle.AcquireAsync(Wait(0));
        using var cancel = new CancellationTokenSource();
        var waiting = engine.Throttle.AcquireAsync(Wait(50), cancel.Token).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await engine.Throttle.EndLeaseAsync(held.Lease!);

        Assert.True((await engine.Throttle.AcquireAsync(Wait(0))).IsAllowed);
    }

    [Fact]
    public async Task Lease_WithAnotherRule_RefusalEndsTheLease()
    {
        await using var engine = await StartAsync(
            LimitBy.Concurrency("jobs", 1, "60s"), LimitBy.TokenBucket("rate", 1, "1/h"));
        var first = await engine.Throttle.AcquireAsync(Wait(1));
        Assert.True(await engine.Throttle.EndLeaseAsync(first.Lease!));

        var refused = await engine.Throttle.AcquireAsync(Wait(1));

        Assert.Equal("rate", refused.Rule!.Id);
        Assert.Null(refused.Lease);
        Assert.Equal(1, (await engine.Throttle.InspectAsync("jobs", ""))!.Value.Limiter.Remaining);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a lease")]
    [InlineData("YTpiOmM")]
    public async Task Lease_TextThatIsNone_ThrowsFormatException(string text)
    {
        await using var engine = await StartAsync(LimitBy.Concurrency("jobs", 1, "60s"));

        await Assert.ThrowsAsync<FormatException>(async () => await engine.Throttle.EndLeaseAsync(text));
        await Assert.ThrowsAsync<FormatException>(async () => await engine.Throttle.RenewLeaseAsync(text));
    }

    private static ThrottleRequest Wait(double seconds) => new([("user", "1")], 1, TimeSpan.FromSeconds(seconds));
}
