using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Tests.Contracts;

public abstract partial class EngineContract
{
    [Fact]
    public async Task ReserveEach_None_AnswersNone()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("per-user", 1, "1/s", "user"));

        Assert.Empty(await engine.Throttle.ReserveEachAsync([]));
    }

    [Fact]
    public async Task ReserveEach_OneBucketAndOthers_AnswersEachInOrder()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("per-user", 3, "10/s", "user"));
        ThrottleRequest one = new([("user", "1")]);

        var answers = await engine.Throttle.ReserveEachAsync(
            [one, new([("user", "2")], 2), one, new([("path", "/x")]), one, one, new([("user", "1")], 0), new([("user", "2")], 2)]);

        Assert.Equal([true, true, true, true, true, false, true, false], answers.Select(a => a.IsAllowed));
        Assert.Equal([2L, 1, 1, 0, 0, 0, 0, 1], answers.Select(a => a.Remaining));
        Assert.Equal(["1", "2", "1", "", "1", "1", "1", "2"], answers.Select(a => a.Key));
        Assert.Null(answers[3].Rule);
        Assert.Equal(TimeSpan.FromMilliseconds(100), answers[5].RetryAfter);
    }

    [Fact]
    public async Task ReserveEach_SeveralRulesShadowOnesAndWaits_AnswersAsReserve()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("user", 3, "1/s", "user"),
            LimitBy.TokenBucket("both", 1, "1/h", "user", "path"),
            LimitBy.TokenBucket("shadow", 1, "1/h", "ip") with { Mode = RuleMode.Shadow });
        ThrottleRequest single = new([("user", "1")]);
        ThrottleRequest several = new([("user", "1"), ("path", "/x")]);
        ThrottleRequest shadowed = new([("ip", "::1")], 2);

        var answers = await engine.Throttle.ReserveEachAsync(
            [single, several, several, single, single with { MaxWait = TimeSpan.FromSeconds(1) }, shadowed, single]);

        Assert.Equal([true, true, false, true, true, true, false], answers.Select(a => a.IsAllowed));
        Assert.Equal(["user", "both", "both", "user", "user", null, "user"], answers.Select(a => a.Rule?.Id));
        Assert.Equal([2L, 0, 0, 0, 0, 0, 0], answers.Select(a => a.Remaining));
        Assert.Equal(TimeSpan.FromSeconds(1), answers[4].Delay);
        Assert.False(answers[5].Rules[0].IsAllowed);
        Assert.Equal(TimeSpan.FromSeconds(2), answers[6].RetryAfter);
    }

    [Fact]
    public async Task ReserveEach_LeaseToWaitFor_HoldsNoOtherUpAndCompletesWithIt()
    {
        await using var engine = await StartAsync(
            LimitBy.Concurrency("lease", 1, "1m", "job"), LimitBy.TokenBucket("a", 2, "1/h", "user"));
        ThrottleRequest job = new([("job", "1")], 1, TimeSpan.FromMinutes(5));
        var held = await engine.Throttle.AcquireAsync(job);

        var asking = engine.Throttle.ReserveEachAsync([new([("user", "1")]), job, new([("user", "1")])]).AsTask();
        await Eventually.IsTrueAsync(
            async () => (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining == 0, "the others are answered");
        Assert.False(asking.IsCompleted);
        await engine.Throttle.EndLeaseAsync(held.Lease!);

        var answers = await asking.WaitAsync(Patience);
        Assert.All(answers, a => Assert.True(a.IsAllowed));
        Assert.NotNull(answers[1].Lease);
    }

    [Fact]
    public async Task ReserveEach_Misuse_NamesEveryFaultyOneAndTakesNothing()
    {
        await using var engine = await StartAsync(
            LimitBy.TokenBucket("bytes", 5, "1/h") with { Cost = new Cost(0, "bytes") }, LimitBy.TokenBucket("a", 5, "1/h", "user"));
        ThrottleRequest good = new([("user", "1")]);

        var thrown = await Assert.ThrowsAsync<InvalidRequestsException>(async () => await engine.Throttle.ReserveEachAsync(
            [good, new([("bytes", "ten")]), good with { Cost = -1 }, good with { MaxWait = TimeSpan.FromTicks(-1) }, good]));

        Assert.Equal([1, 2, 3], thrown.Faults.Select(f => f.Index));
        Assert.Contains("the cost attribute 'bytes' is 'ten'", thrown.Faults[0].Error.Message, StringComparison.Ordinal);
        Assert.Contains("cost is -1", thrown.Faults[1].Error.Message, StringComparison.Ordinal);
        Assert.Contains("requests[3]: MaxWait is ", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(5, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task ReserveEach_AlreadyCancelled_ThrowsAndTakesNothing()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/h", "user"));
        ThrottleRequest request = new([("user", "1")]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await engine.Throttle.ReserveEachAsync([request, request], new CancellationToken(canceled: true)));

        Assert.True((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
    }

    [Fact]
    public async Task ReserveEach_CancelledWhileOneWaits_GivesTheOthersBack()
    {
        await using var engine = await StartAsync(
            LimitBy.Concurrency("lease", 1, "1m", "job"), LimitBy.TokenBucket("a", 2, "1/h", "user"));
        ThrottleRequest job = new([("job", "1")], 1, TimeSpan.FromMinutes(5));
        ThrottleRequest user = new([("user", "1")]);
        await engine.Throttle.AcquireAsync(job);
        using var cancel = new CancellationTokenSource();

        var asking = engine.Throttle.ReserveEachAsync([user, job, user], cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Patience));
        Assert.Equal(2, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task ReserveEach_RulesChangedUnderLoad_AdmitsExactlyTheLimit()
    {
        var rule = LimitBy.TokenBucket("a", 300, "1/h", "user");
        await using var engine = await StartAsync(rule);

        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            for (var i = 0; i < 20; i++)
            {
                var answers = await engine.Throttle.ReserveEachAsync([.. Enumerable.Repeat(new ThrottleRequest([("user", "1")]), 10)]);
                count += answers.Count(a => a.IsAllowed && a.Rule is not null);
            }

            return count;
        })).ToArray();
        for (var i = 1; i <= 10; i++)
        {
            await engine.Rules.ReplaceAsync([rule, LimitBy.TokenBucket("other", i, "1/h", "other")]);
        }

        Assert.Equal(300, (await Task.WhenAll(callers).WaitAsync(Patience)).Sum());
    }
}
