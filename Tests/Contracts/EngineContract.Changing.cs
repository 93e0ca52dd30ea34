using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Contracts;

public abstract partial class EngineContract
{
    [Theory]
    [InlineData(OnChange.Keep, 10, 2, 7, 2)]
    [InlineData(OnChange.Keep, 2, 10, 1, 1)]
    [InlineData(OnChange.Proportional, 10, 20, 4, 8)]
    [InlineData(OnChange.Additive, 10, 20, 4, 14)]
    [InlineData(OnChange.Additive, 10, 2, 4, 2)]
    [InlineData(OnChange.Reset, 10, 20, 4, 20)]
    public async Task Rules_CapacityChanged_CarriesOver(OnChange onChange, long before, long after, long left, long carried)
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", before, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], before - left);

        await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("a", after, "1/h", "user") with { OnChange = onChange }]);

        Assert.Equal(carried, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Rules_ReplacedByTheSame_ChangesNoBucket()
    {
        var rule = LimitBy.TokenBucket("a", 10, "1/h", "user");
        await using var engine = await StartAsync(rule);
        await engine.Throttle.AcquireAsync([("user", "1")], 7);

        await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("b", 1, "1/s"), rule with { }]);

        Assert.Equal(3, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Rules_AlgorithmChanged_KeepsWhatIsLeft()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 10, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], 7);

        await engine.Rules.ReplaceAsync([LimitBy.SlidingLog("a", 10, "1h", "user")]);

        Assert.Equal(3, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
        Assert.Equal(10, (await engine.Throttle.InspectAsync("a", "2"))!.Value.Limiter.Remaining);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rules_AlgorithmChangedTwice_KeepsWhatIsLeft(bool isUsedBetween)
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 10, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], 7);

        await engine.Rules.ReplaceAsync([LimitBy.SlidingLog("a", 10, "1h", "user")]);
        if (isUsedBetween)
        {
            Assert.Equal(3, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
        }

        await engine.Rules.ReplaceAsync([LimitBy.FixedWindow("a", 10, "1h", "user")]);

        Assert.Equal(3, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
        Assert.Equal(10, (await engine.Throttle.InspectAsync("a", "2"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Rules_AlgorithmChangedTwice_AResetBetweenStands()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 10, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], 7);

        await engine.Rules.ReplaceAsync([LimitBy.SlidingLog("a", 10, "1h", "user")]);
        await engine.Throttle.ResetAsync("a", "1");
        await engine.Rules.ReplaceAsync([LimitBy.FixedWindow("a", 10, "1h", "user")]);

        Assert.Equal(10, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    /// <summary>What the rule was in between has long refilled; what it was before has not.</summary>
    [Fact]
    public async Task Rules_AlgorithmChangedTwice_AShortOneBetweenForgivesNothing()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 10, "10/d", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], 10);

        await engine.Rules.ReplaceAsync([LimitBy.FixedWindow("a", 10, "1m", "user")]);
        await engine.Rules.ReplaceAsync([LimitBy.SlidingLog("a", 10, "1d", "user")]);
        await engine.AdvanceAsync(TimeSpan.FromMinutes(62));

        Assert.Equal(0, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Rules_AlgorithmChangedTwice_OnceByReset_StartsNew()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 10, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], 7);

        await engine.Rules.ReplaceAsync([LimitBy.SlidingLog("a", 10, "1h", "user") with { OnChange = OnChange.Reset }]);
        await engine.Throttle.AcquireAsync([("user", "1")], 2);
        await engine.Rules.ReplaceAsync([LimitBy.FixedWindow("a", 10, "1h", "user")]);

        Assert.Equal(8, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Rules_AlgorithmChanged_ThenResetOfNothing_KeepsWhatIsLeft()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 10, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], 7);

        await engine.Rules.ReplaceAsync([LimitBy.SlidingLog("a", 10, "1h", "user")]);
        await engine.Rules.ReplaceAsync([LimitBy.SlidingLog("a", 10, "1h", "user") with { OnChange = OnChange.Reset }]);

        Assert.Equal(3, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20)]
    public async Task Rules_ResetWhileNobodyAsks_IsNotForgottenByTheNextEdit(long capacity)
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 10, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], 7);

        await engine.Rules.ReplaceAsync([LimitBy.SlidingLog("a", 5, "1h", "user") with { OnChange = OnChange.Reset }]);
        await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("a", capacity, "1/h", "user") with { OnChange = OnChange.Additive }]);

        Assert.Equal(capacity, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Rules_ToAQueueAndBack_HaveNewBuckets()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 10, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")], 7);

        await engine.Rules.ReplaceAsync([LimitBy.Queue("a", 10, "1/h", "user")]);
        await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("a", 10, "1/h", "user")]);

        Assert.Equal(10, (await engine.Throttle.InspectAsync("a", "1"))!.Value.Limiter.Remaining);
    }

    /// <summary>At one instant, so that nothing refills; some of the algorithms are in force without anybody asking.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Rules_AlgorithmChangedAgainAndAgain_AdmitsExactlyTheLimit(int seed)
    {
        Rule[] kinds =
        [
            LimitBy.TokenBucket("a", 20, "1/h", "user"), LimitBy.SlidingLog("a", 20, "1h", "user"),
            LimitBy.FixedWindow("a", 20, "1h", "user"), LimitBy.SlidingWindow("a", 20, "1h", "user"), LimitBy.Gcra("a", "1/h", 20, "user"),
        ];
        var random = new Random(seed);
        await using var engine = await StartAsync(kinds[0]);
        var admitted = 0;
        for (var i = 0; i < 30; i++)
        {
            if (random.Next(2) == 0)
            {
                admitted += (await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed ? 1 : 0;
            }

            await engine.Rules.ReplaceAsync([kinds[random.Next(kinds.Length)]]);
        }

        while ((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed)
        {
            admitted++;
        }

        Assert.Equal(20, admitted);
    }

    [Fact]
    public async Task Rules_RuleRemoved_StopsLimiting()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/h", "user"));
        await engine.Throttle.AcquireAsync([("user", "1")]);

        await engine.Rules.ReplaceAsync([]);

        Assert.Null((await engine.Throttle.AcquireAsync([("user", "1")])).Rule);
    }

    [Fact]
    public async Task Rules_Faulty_ChangeNothing()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/h", "user"));
        var version = engine.Rules.Current.Version;

        var thrown = await Assert.ThrowsAsync<InvalidRulesException>(
            async () => await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("a", 0, "1/h"), LimitBy.TokenBucket("a", 1, "1/h")]));

        Assert.True(thrown.Faults.Count >= 2);
        Assert.Equal(version, engine.Rules.Current.Version);
    }

    [Fact]
    public async Task Rules_VersionNotTheCurrent_ChangesNothing()
    {
        await using var engine = await StartAsync(LimitBy.TokenBucket("a", 1, "1/h", "user"));
        var version = engine.Rules.Current.Version;
        await engine.Rules.ReplaceAsync([], version);

        await Assert.ThrowsAsync<RuleVersionConflictException>(
            async () => await engine.Rules.ReplaceAsync([LimitBy.TokenBucket("b", 1, "1/h")], version));

        Assert.Empty(engine.Rules.Current.Rules);
    }

    [Fact]
    public async Task Rules_LimitRaisedWhileInLine_ServesTheLine()
    {
        await using var engine = await StartAsync(LimitBy.Concurrency("jobs", 1, "60s"));
        await engine.Throttle.AcquireAsync(Wait(0));
        var waiting = engine.Throttle.AcquireAsync(Wait(50)).AsTask();

        await engine.Rules.ReplaceAsync([LimitBy.Concurrency("jobs", 2, "60s")]);

        Assert.True((await waiting.WaitAsync(Patience)).IsAllowed);
    }

    [Fact]
    public async Task Rules_RemovedWhileInLine_LetsTheLinePass()
    {
        await using var engine = await StartAsync(LimitBy.Concurrency("jobs", 1, "60s"));
        await engine.Throttle.AcquireAsync(Wait(0));
        var waiting = engine.Throttle.AcquireAsync(Wait(50)).AsTask();

        await engine.Rules.ReplaceAsync([]);

        Assert.Null((await waiting.WaitAsync(Patience)).Rule);
    }

    [Fact]
    public async Task Rules_ChangedUnderLoad_AdmitNoMoreThanTheLargestLimit()
    {
        // Refused where no bucket answers, so that only what a bucket granted is counted.
        Rule[] kinds =
        [
            LimitBy.TokenBucket("a", 100, "1/h", "user") with { OnError = OnError.Deny },
            LimitBy.Gcra("a", "1/h", 120, "user") with { OnError = OnError.Deny },
            LimitBy.SlidingLog("a", 120, "1h", "user") with { OnError = OnError.Deny },
        ];
        await using var engine = await StartAsync(kinds[0]);
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var count = 0;
            while (!stop.IsCancellationRequested)
            {
                count += (await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed ? 1 : 0;
                await Task.Yield();
            }

            return count;
        })).ToArray();

        for (var i = 0; i < 50; i++)
        {
            await engine.Rules.ReplaceAsync([kinds[i % 2 == 0 ? 1 : i % 5 == 0 ? 2 : 0]]);
        }

        await stop.CancelAsync();
        var admitted = (await Task.WhenAll(callers).WaitAsync(Patience)).Sum();
        while ((await engine.Throttle.AcquireAsync([("user", "1")])).IsAllowed)
        {
            admitted++;
        }

        Assert.InRange(admitted, 100, 120);
    }
}
