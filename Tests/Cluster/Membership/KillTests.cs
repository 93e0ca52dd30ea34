using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;
using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Membership;

/// <summary>Silos that are gone without having handed anything over.</summary>
public sealed class KillTests
{
    private static readonly Rule Memory = LimitBy.TokenBucket("fast", 10, "10/m", "user") with { OnError = OnError.Deny };
    private static readonly Rule Persisted = LimitBy.TokenBucket("slow", 1000, "1000/d", "user") with { OnError = OnError.Deny };

    [Fact]
    public async Task Kill_OfTheOwner_MemoryGivesWhatRefilledSince_NeverASecondBurst()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Rules = [Memory] });
        await KillOwnerAfterAsync(cluster, Memory, permits: 10);

        Assert.Equal(0, await LeftAsync(cluster, "1"));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(5, await LeftAsync(cluster, "1"));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(6) - TimeSpan.FromTicks(1));
        Assert.Equal(5, await LeftAsync(cluster, "1"));
        await cluster.AdvanceAsync(TimeSpan.FromTicks(1));
        Assert.Equal(6, await LeftAsync(cluster, "1"));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(24));
        Assert.Equal(10, await LeftAsync(cluster, "1"));
    }

    [Fact]
    public async Task Kill_Happened_OtherNewBucketsStartWithWhatRefilledSince_UntilThatIsFull()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Rules = [Memory] });
        await KillOwnerAfterAsync(cluster, Memory, permits: 1);

        await cluster.AdvanceAsync(TimeSpan.FromSeconds(54));
        Assert.Equal(9, await LeftAsync(cluster, "soon after"));
        await cluster.AdvanceAsync(TimeSpan.FromSeconds(6));
        Assert.Equal(10, await LeftAsync(cluster, "later"));
    }

    [Fact]
    public async Task Kill_OfAnotherSilo_BucketsElsewhereKeepWhatTheyHold()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Rules = [Memory, Persisted] });
        var (survivor, victim) = (cluster.Silos[0], cluster.Silos[2]);
        for (var user = 0; user < 30; user++)
        {
            await cluster.PlaceAsync(survivor, "fast", $"{user}");
            await cluster.PlaceAsync(survivor, "slow", $"{user}");
            await cluster.Throttle.AcquireAsync([("user", $"{user}")], 3);
        }

        await cluster.KillAsync(victim);

        for (var user = 0; user < 30; user++)
        {
            var held = await cluster.Throttle.PeekAsync(new([("user", $"{user}")], 0));
            Assert.Equal([7L, 997L], held.Rules.Select(r => r.Limiter.Remaining));
        }
    }

    [Theory]
    [InlineData(1, 750, 750)]
    [InlineData(100, 651, 750)]
    public async Task Kill_OfTheOwner_PersistedGivesTheRestLessABatchAtMost(long batch, long least, long most)
    {
        await using var cluster = await ThrottleCluster.StartAsync(
            new() { Silos = 3, Rules = [Persisted], Buckets = o => o.BatchPermits = batch });
        await KillOwnerAfterAsync(cluster, Persisted, permits: 250);

        Assert.InRange(await LeftAsync(cluster, "1"), least, most);
    }

    [Fact]
    public async Task Kill_JoinedSinceThen_NewSiloKnowsOfTheLoss()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Rules = [Memory] });
        await KillOwnerAfterAsync(cluster, Memory, permits: 10);

        var joined = await cluster.Host.StartAdditionalSiloAsync();

        // Asked from there: others may not have heard yet that it joined, and would remember where they placed the bucket.
        RequestContext.Set(IPlacementDirector.PlacementHintKey, joined.SiloAddress);
        await joined.ServiceProvider.GetRequiredService<IGrainFactory>().GetBucketGrain(Memory.Limit, "fast", "1").PeekAsync();
        RequestContext.Clear();

        Assert.Equal(joined.SiloAddress, await cluster.SiloOfAsync("fast", "1"));
        Assert.Equal(0, await LeftAsync(cluster, "1"));
    }

    [Fact]
    public async Task Kill_WithNoTimeToHandOver_IsALossBeforeTheSiloIsDead()
    {
        await using var cluster = await ThrottleCluster.StartAsync(
            new() { Silos = 3, Rules = [Memory], Timeout = TimeSpan.FromSeconds(10) });
        var (survivor, victim) = (cluster.Silos[0], cluster.Silos[2]);

        // Enough that some have their directory entry with the victim, whose share of the entries differs from run to run.
        string[] users = [.. Enumerable.Range(0, 300).Select(u => $"{u}")];
        foreach (var user in users)
        {
            await cluster.PlaceAsync(victim, Memory.Id, user);
            await cluster.Throttle.AcquireAsync([("user", user)], 10);
        }

        cluster.Setup.Stop.Close();
        var killing = cluster.Host.KillSiloAsync(victim);
        var members = survivor.ServiceProvider.GetRequiredService<IClusterMembershipService>();
        await Eventually.IsTrueAsync(
            () => members.CurrentSnapshot.GetSiloStatus(victim.SiloAddress) == SiloStatus.Stopping, "the victim is stopping");

        // The directory has forgotten the entries that were with the victim, and others get new buckets in their place.
        var asking = users.Select(user => cluster.ThrottleOf(survivor).PeekAsync(new([("user", user)], 0)).AsTask()).ToArray();
        await Eventually.IsTrueAsync(
            () => asking.Any(a => a.IsCompletedSuccessfully && a.Result.Error is null), "a new bucket answers while the victim is stopping");
        Assert.Equal(SiloStatus.Stopping, members.CurrentSnapshot.GetSiloStatus(victim.SiloAddress));
        cluster.Setup.Stop.Open();
        await killing;

        Assert.All(await Task.WhenAll(asking), answer => Assert.Equal(0, answer.Remaining));
    }

    [Fact]
    public async Task Kill_UnderLoad_AdmitsNoMoreThanTheLimit()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new()
        {
            Silos = 3,
            Rules =
            [
                LimitBy.TokenBucket("fast", 100, "100/m", "user") with { OnError = OnError.Deny },
                LimitBy.TokenBucket("slow", 150, "150/d", "user") with { OnError = OnError.Deny },
            ],
        });
        await using var load = new Load([cluster.Throttle, cluster.ThrottleOf(cluster.Silos[0])], users: 12);
        await load.AnsweredMoreAsync(200);

        await cluster.Host.KillSiloAsync(cluster.Silos[2]);
        await load.AnsweredMoreAsync(200);
        await cluster.Host.KillSiloAsync(cluster.Silos[1]);
        await load.AnsweredMoreAsync(3000);

        Assert.All(await load.StopAsync(), a => Assert.InRange(a, 1, 100));
    }

    /// <summary>What the rule was before was kept in memory only; it had refilled long before the loss.</summary>
    [Fact]
    public async Task Kill_AfterTheAlgorithmChanged_CostsNothingThatWasNotOwedThen()
    {
        var (before, after) = (LimitBy.FixedWindow("a", 100, "1m", "user"), LimitBy.TokenBucket("a", 1000, "1000/d", "user"));
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Rules = [before], Buckets = o => o.BatchPermits = 1 });
        await cluster.Rules.ReplaceAsync([after]);
        await cluster.EveryoneHasAsync(cluster.Rules.Current.Version);
        await cluster.PlaceAsync(cluster.Silos[2], "a", "known");
        await cluster.Throttle.AcquireAsync([("user", "known")], 100);
        await cluster.AdvanceAsync(TimeSpan.FromMinutes(30));

        await cluster.KillAsync(cluster.Silos[2]);

        Assert.InRange(await LeftAsync(cluster, "known"), 900, 1000);
        Assert.Equal(1000, await LeftAsync(cluster, "never seen"));
    }

    private static async Task KillOwnerAfterAsync(ThrottleCluster cluster, Rule rule, int permits)
    {
        var victim = cluster.Silos[2];
        await cluster.PlaceAsync(victim, rule.Id, "1");
        for (var i = 0; i < permits; i++)
        {
            Assert.True((await cluster.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
        }

        await cluster.KillAsync(victim);
    }

    private static async Task<long> LeftAsync(ThrottleCluster cluster, string user)
    {
        var answer = await cluster.Throttle.PeekAsync(new([("user", user)], 0));
        Assert.Null(answer.Error);
        return answer.Remaining;
    }
}
