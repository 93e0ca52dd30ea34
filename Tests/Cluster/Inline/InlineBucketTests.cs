using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;
using Orleans.TestingHost;
using Throttle.Core.Failures;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Inline;

/// <summary>What becomes of buckets whose limits come with the calls when silos go, storage fails, and grains are collected.</summary>
public sealed class InlineBucketTests
{
    private static readonly InlineCall Fast = new("redis", "fast", new TokenBucketSpec(10, new Rate(10, TimeSpan.TicksPerMinute)));
    private static readonly InlineCall Slow = new("redis", "slow", new TokenBucketSpec(1000, new Rate(1000, TimeSpan.TicksPerDay)));

    [Fact]
    public async Task Kill_OfTheOwner_MemoryGivesWhatRefilledSince_NeverASecondBurst()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3 });
        await PlaceAsync(cluster, cluster.Silos[2], Fast);
        Assert.True((await AskAsync(cluster, Fast with { Permits = 10 })).IsAllowed);

        await cluster.KillAsync(cluster.Silos[2]);

        Assert.Equal(0, await LeftAsync(cluster, Fast));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(5, await LeftAsync(cluster, Fast));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(10, await LeftAsync(cluster, Fast));
    }

    [Theory]
    [InlineData(1, 750, 750)]
    [InlineData(100, 651, 750)]
    public async Task Kill_OfTheOwner_PersistedGivesTheRestLessABatchAtMost(long batch, long least, long most)
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Buckets = o => o.BatchPermits = batch });
        await PlaceAsync(cluster, cluster.Silos[2], Slow);
        for (var i = 0; i < 250; i++)
        {
            Assert.True((await AskAsync(cluster, Slow)).IsAllowed);
        }

        await cluster.KillAsync(cluster.Silos[2]);

        Assert.InRange(await LeftAsync(cluster, Slow), least, most);
    }

    [Fact]
    public async Task Kill_OfTheOwner_WhatWasDrainedStaysDrained_AndWhatWasResetStaysReset()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3 });
        var reset = Slow with { Key = "reset" };
        await PlaceAsync(cluster, cluster.Silos[2], Slow);
        await PlaceAsync(cluster, cluster.Silos[2], reset);
        await AskAsync(cluster, reset with { Permits = 1000 });

        Assert.False((await AskAsync(cluster, Slow with { Permits = 1001, Action = InlineAction.Drain })).IsAllowed);
        Assert.True((await AskAsync(cluster, reset with { Permits = 1, Action = InlineAction.Reset })).IsAllowed);
        await cluster.KillAsync(cluster.Silos[2]);

        Assert.Equal(0, await LeftAsync(cluster, Slow));
        Assert.Equal(999, await LeftAsync(cluster, reset));
    }

    [Fact]
    public async Task Kill_OfTheOwner_StoredIsFoundWithoutALimit_AndWhatWasForgottenStaysForgotten()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Buckets = o => o.BatchPermits = 1 });
        await PlaceAsync(cluster, cluster.Silos[2], Slow);
        await AskAsync(cluster, Slow with { Permits = 1000 });
        await cluster.KillAsync(cluster.Silos[2]);
        InlineCall look = InlineCall.Look("redis", "slow"), forget = InlineCall.Forget("redis", "slow");

        Assert.Equal((1000, 0), Show(await AskAsync(cluster, look)));
        Assert.Equal((1000, 0), Show(await AskAsync(cluster, forget)));
        await cluster.KillAsync(cluster.Silos.Single(silo => silo.SiloAddress == SiloOfAsync(cluster, Slow).GetAwaiter().GetResult()));

        Assert.Equal(0, (await AskAsync(cluster, look)).ResetAfterTicks);
        Assert.Equal(1000, await LeftAsync(cluster, Slow));
    }

    [Fact]
    public async Task Stop_OfTheOwner_WhatIsHandedOverIsFoundWithoutALimit()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 2 });
        await PlaceAsync(cluster, cluster.Silos[1], Fast);
        await PlaceAsync(cluster, cluster.Silos[1], Slow);
        await AskAsync(cluster, Fast with { Permits = 7 });
        await AskAsync(cluster, Slow with { Permits = 7 });
        await cluster.Host.StopSiloAsync(cluster.Silos[1]);

        Assert.Equal((10, 3), Show(await AskAsync(cluster, InlineCall.Look("redis", "fast"))));
        Assert.Equal((1000, 993), Show(await AskAsync(cluster, InlineCall.Forget("redis", "slow"))));
        Assert.Equal(1000, await LeftAsync(cluster, Slow));
    }

    [Fact]
    public async Task Storage_ThatFails_ForgetsNothingUnsaid()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 1 });
        await AskAsync(cluster, Slow with { Permits = 10 });
        cluster.Storage.Break((operation, _) => operation is StorageOperation.Write or StorageOperation.Clear ? StorageFault.FailsBefore : StorageFault.None);

        var forgotten = await cluster.Client.ServiceProvider.GetRequiredService<IInlineLimits>().AskAsync(InlineCall.Forget("redis", "slow"));
        cluster.Storage.Break(null);

        Assert.Equal(FailureReason.Storage, forgotten.Error?.Reason);
    }

    [Fact]
    public async Task Storage_ThatCannotBeRead_IsNotTakenForNoBucket()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 1 });
        cluster.Storage.Break((operation, _) => operation == StorageOperation.Read ? StorageFault.FailsBefore : StorageFault.None);
        var limits = cluster.Client.ServiceProvider.GetRequiredService<IInlineLimits>();

        var looked = await limits.AskAsync(InlineCall.Look("redis", "unread"));
        cluster.Storage.Break(null);

        Assert.Equal(FailureReason.Storage, looked.Error?.Reason);
        Assert.Equal(InlineCall.NoBucket, (await limits.AskAsync(InlineCall.Look("redis", "unread"))).Decision);
    }

    [Fact]
    public async Task Kill_LimitChangedSinceItWasStored_IsCarriedOverFromTheRecordsOwn()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Buckets = o => o.BatchPermits = 1 });
        await PlaceAsync(cluster, cluster.Silos[2], Slow);
        await AskAsync(cluster, Slow with { Permits = 400 });
        await cluster.KillAsync(cluster.Silos[2]);

        var halved = Slow with { Limit = new TokenBucketSpec(500, new Rate(1000, TimeSpan.TicksPerDay)), Permits = 0, OnChange = OnChange.Proportional };
        var other = Slow with { Limit = new FixedWindowSpec(2000, TimeSpan.TicksPerDay), Permits = 0 };

        // Of 600 one was set aside in storage.
        Assert.Equal((500, 299), Show(await AskAsync(cluster, halved)));
        Assert.Equal((2000, 299), Show(await AskAsync(cluster, other)));
    }

    [Fact]
    public async Task Stop_OfTheOwner_HandsOverWhatIsLeft()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 2 });
        InlineCall[] calls =
        [
            Fast, Slow,
            Fast with { Key = "window", Limit = new FixedWindowSpec(50, TimeSpan.TicksPerMinute) },
            Fast with { Key = "log", Limit = new SlidingLogSpec(50, TimeSpan.TicksPerMinute) },
            Slow with { Key = "leaky", Limit = new LeakyBucketSpec(50, new Rate(50, TimeSpan.TicksPerDay)) },
        ];
        foreach (var call in calls)
        {
            await PlaceAsync(cluster, cluster.Silos[1], call);
            await AskAsync(cluster, call with { Permits = 7 });
        }

        await cluster.AdvanceAsync(TimeSpan.FromSeconds(1));
        var before = await AskAllAsync(cluster, calls);
        var stopping = cluster.Silos[1];
        await cluster.Host.StopSiloAsync(stopping);

        Assert.Equal(before, await AskAllAsync(cluster, calls));
        Assert.All(before, b => Assert.True(b.Remaining < b.Limit));
        Assert.NotEqual(stopping.SiloAddress, await SiloOfAsync(cluster, Fast));
    }

    [Fact]
    public async Task Storage_ThatFails_TakesNothingAndSaysSo()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 1 });
        await AskAsync(cluster, Slow with { Permits = 0 });
        cluster.Storage.Break((operation, _) => operation == StorageOperation.Write ? StorageFault.FailsBefore : StorageFault.None);

        var limits = cluster.Client.ServiceProvider.GetRequiredService<IInlineLimits>();
        var taken = await limits.AskAsync(Slow with { Permits = 10 });
        var drained = await limits.AskAsync(Slow with { Permits = 2000, Action = InlineAction.Drain });
        var each = await limits.AskEachAsync([Slow with { Permits = 0 }, Slow with { Permits = 10 }]);
        cluster.Storage.Break(null);

        Assert.Equal(FailureReason.Storage, taken.Error?.Reason);
        Assert.Equal(FailureReason.Storage, drained.Error?.Reason);
        Assert.Null(each[0].Error);
        Assert.NotNull(each[1].Error);
        Assert.Equal(1000, await LeftAsync(cluster, Slow));
    }

    [Fact]
    public async Task Rules_Changed_LeaveItAlone_AndARuleOfThatNameIsAnotherBucket()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 2 });
        await AskAsync(cluster, Fast with { Permits = 4 });

        await cluster.Rules.ReplaceAsync([LimitBy.TokenBucket("redis", 10, "10/m", "user")]);
        await cluster.Throttle.AcquireAsync(new([("user", "fast")], 9));
        Assert.Equal(6, await LeftAsync(cluster, Fast));
        await cluster.Rules.ReplaceAsync([LimitBy.FixedWindow("redis", 10, "1m", "user")]);
        await cluster.Throttle.AcquireAsync(new([("user", "fast")]));

        Assert.Equal(6, await LeftAsync(cluster, Fast));
    }

    [Fact]
    public async Task Collect_AsNewAgain_IsGone_StillOwing_Stays()
    {
        // Whether a grain is kept is looked up on the real clock: a day behind it, what is kept for a minute no longer is.
        await using var cluster = await ThrottleCluster.StartAsync(new() { Start = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1) });
        var kept = Slow with { Limit = new TokenBucketSpec(10, new Rate(10, TimeSpan.TicksPerHour)) };
        var debtor = Fast with { Key = "debtor", Limit = new TokenBucketSpec(100, new Rate(1, TimeSpan.TicksPerDay)) };
        foreach (var call in new[] { Fast, kept, debtor })
        {
            await AskAsync(cluster, call with { Permits = 4 });
        }

        await cluster.AdvanceAsync(TimeSpan.FromHours(2));
        await Eventually.IsTrueAsync(
            async () =>
            {
                // One that is at work is passed over.
                await cluster.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
                return !Lives(cluster, Fast) && !Lives(cluster, kept);
            },
            "buckets that are as new are collected");
        Assert.True(Lives(cluster, debtor));
        Assert.False(cluster.Storage.Holds(GrainOf(cluster, kept).GetGrainId()));
        Assert.Equal([10L, 10L, 96L], (await AskAllAsync(cluster, [Fast, kept, debtor])).Select(d => d.Remaining));
    }

    [Fact]
    public async Task Usage_IsCountedByTheSpace()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 1 });
        await AskAsync(cluster, Fast with { Permits = 10 });
        await AskAsync(cluster, Fast);

        var usage = await cluster.Client.ServiceProvider.GetRequiredService<Core.Usage.IUsage>().GetAsync();

        Assert.Equal(("inline/redis", new Core.Usage.UsageCounts(1, 1, 0, 0, 10)), (usage.Rows.Single().Rule, usage.Rows.Single().Counts));
    }

    private static ITokenBucketGrain GrainOf(ThrottleCluster cluster, in InlineCall call) =>
        cluster.Client.GetGrain<ITokenBucketGrain>(BucketGrainKey.OfInline(call.Space, call.Key));

    private static bool Lives(ThrottleCluster cluster, in InlineCall call) =>
        cluster.Host.TryGetGrainContext(GrainOf(cluster, call).GetGrainId(), out _);

    private static async Task<LimiterDecision> AskAsync(ThrottleCluster cluster, InlineCall call)
    {
        var answer = await cluster.Client.ServiceProvider.GetRequiredService<IInlineLimits>().AskAsync(call);
        Assert.Null(answer.Error);
        return answer.Decision;
    }

    private static async Task<LimiterDecision[]> AskAllAsync(ThrottleCluster cluster, InlineCall[] calls)
    {
        var answers = await cluster.Client.ServiceProvider.GetRequiredService<IInlineLimits>()
            .AskEachAsync(Array.ConvertAll(calls, call => call with { Permits = 0 }));
        return Array.ConvertAll(answers, answer => answer.Decision);
    }

    private static async Task<long> LeftAsync(ThrottleCluster cluster, InlineCall call) =>
        (await AskAsync(cluster, call with { Permits = 0 })).Remaining;

    private static (long Limit, long Remaining) Show(in LimiterDecision decision) => (decision.Limit, decision.Remaining);

    private static async Task<SiloAddress?> SiloOfAsync(ThrottleCluster cluster, InlineCall call) =>
        await cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(GrainOf(cluster, call));

    /// <summary>Makes a bucket that is not there yet live on a silo.</summary>
    private static Task PlaceAsync(ThrottleCluster cluster, InProcessSiloHandle silo, InlineCall call) => Eventually.IsTrueAsync(
        async () =>
        {
            RequestContext.Set(IPlacementDirector.PlacementHintKey, silo.SiloAddress);
            await LeftAsync(cluster, call);
            RequestContext.Clear();
            if (await SiloOfAsync(cluster, call) == silo.SiloAddress)
            {
                return true;
            }

            await cluster.Host.DeactivateAsync(GrainOf(cluster, call));
            return false;
        },
        $"the bucket {call.Key} lives on {silo.Name}");
}
