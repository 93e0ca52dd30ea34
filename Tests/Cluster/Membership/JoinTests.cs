using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Membership;

/// <summary>Silos that join, and clusters that start.</summary>
public sealed class JoinTests
{
    private static readonly Rule[] Rules =
    [
        LimitBy.TokenBucket("fast", 60, "1/s", "user") with { OnError = OnError.Deny },
        LimitBy.TokenBucket("slow", 1000, "1000/d", "user") with { OnError = OnError.Deny },
    ];

    [Fact]
    public async Task Acquire_NewCluster_StartsFull()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Rules = Rules });

        var decision = await cluster.Throttle.AcquireAsync([("user", "1")]);

        Assert.Equal([59L, 999L], decision.Rules.Select(r => r.Limiter.Remaining));
    }

    [Fact]
    public async Task Acquire_OnASiloThatJoined_BucketsThereStartFull()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 1, Rules = Rules });
        await cluster.Throttle.AcquireAsync([("user", "old")], 10);

        var joined = await cluster.Host.StartAdditionalSiloAsync();
        await cluster.PlaceAsync(joined, "fast", "new");
        await cluster.PlaceAsync(joined, "slow", "new");

        Assert.Equal([59L, 999L], (await cluster.ThrottleOf(joined).AcquireAsync([("user", "new")])).Rules.Select(r => r.Limiter.Remaining));
        Assert.Equal([49L, 989L], (await cluster.ThrottleOf(joined).AcquireAsync([("user", "old")])).Rules.Select(r => r.Limiter.Remaining));
    }

    [Fact]
    public async Task Acquire_SilosJoinUnderLoad_AdmitsExactlyTheLimit()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 1, Rules = Rules });
        await using var load = new Load(cluster.Everywhere(), users: 20);
        await load.AnsweredMoreAsync(50);

        await cluster.Host.StartAdditionalSiloAsync();
        await load.AnsweredMoreAsync(500);
        await cluster.Host.StartAdditionalSiloAsync();
        await load.AnsweredMoreAsync(2000);

        Assert.Equal(Enumerable.Repeat(60L, 20), await load.StopAsync());
    }

    [Fact]
    public async Task Rules_SiloJoins_AnswersByTheClustersNotByItsFile()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 1, Rules = Rules });
        var edited = await cluster.Rules.ReplaceAsync([LimitBy.TokenBucket("edited", 5, "1/s", "user")]);

        var joined = await cluster.Host.StartAdditionalSiloAsync();

        Assert.Equal(edited.Version, ThrottleCluster.RulesOf(joined).Current.Version);
        Assert.Equal("edited", (await cluster.ThrottleOf(joined).AcquireAsync([("user", "1")])).Rule!.Id);
    }

    [Fact]
    public async Task Cluster_StartedAgainWithItsStorage_HasItsRulesAndPersistedBuckets()
    {
        var storage = new TestStorage();
        long version;
        await using (var first = await ThrottleCluster.StartAsync(new() { Rules = Rules, Storage = storage }))
        {
            version = (await first.Rules.ReplaceAsync([Rules[1], LimitBy.TokenBucket("edited", 5, "1/s", "user")])).Version;
            await first.Throttle.AcquireAsync([("user", "1")], 4);
        }

        await using var second = await ThrottleCluster.StartAsync(new() { Rules = Rules, Storage = storage });

        Assert.Equal(version, second.Rules.Current.Version);
        var decision = await second.Throttle.AcquireAsync([("user", "1")]);
        Assert.Equal([("slow", 995L), ("edited", 4L)], decision.Rules.Select(r => (r.Rule.Id, r.Limiter.Remaining)));
    }

    [Fact]
    public async Task Rules_StorageLostThem_ThoseKnownAreKept()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Rules = Rules });
        var edited = await cluster.Rules.ReplaceAsync([LimitBy.TokenBucket("edited", 5, "1/s", "user")]);
        await cluster.EveryoneHasAsync(edited.Version);

        cluster.Storage.Lose();
        var grain = cluster.Client.GetRuleGrain();
        await cluster.Host.DeactivateAsync(grain);

        await Eventually.IsTrueAsync(async () => (await grain.GetAsync()).Version == edited.Version, "somebody offers the rules to the cluster again");
        var next = await ThrottleCluster.RulesOf(cluster.Silos[1]).ReplaceAsync([LimitBy.TokenBucket("next", 5, "1/s", "user")], edited.Version);
        Assert.Equal(edited.Version + 1, next.Version);
    }
}
