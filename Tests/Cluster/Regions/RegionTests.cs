using Orleans.Core.Internal;
using Orleans.Runtime.Placement;
using Orleans.TestingHost;
using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Regions;

/// <summary>Clusters that share buckets with other clusters, and with nodes by themselves.</summary>
public sealed class RegionTests
{
    private static readonly Rule Shared = LimitBy.TokenBucket("shared", 4, "4/s", "user") with { Replicate = true, OnError = OnError.Deny };
    private static readonly Rule Slow = LimitBy.TokenBucket("slow", 100, "100/m", "user") with { Replicate = true, OnError = OnError.Deny };
    private static readonly Rule Kept = LimitBy.TokenBucket("kept", 1000, "1000/d", "user") with { Replicate = true, OnError = OnError.Deny };
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly string[] Both = ["eu", "us"];

    /// <summary>Cases 9 and 11 of seed 000, and 6 and 8 of seed 002: two regions are clusters, one is a node by itself.</summary>
    [Fact]
    public async Task ThreeRegions_BurstPartitionHeal_ConvergeAndRepay()
    {
        var network = new RegionNetwork();
        string[] names = ["eu", "us", "ap"];
        await using var eu = await TestRegion.StartAsync(network, "eu", names, Shared, silos: 2);
        await using var us = await TestRegion.StartAsync(network, "us", names, Shared, silos: 1);
        await using var ap = TestRegion.StartNode(network, "ap", names, Shared);
        TestRegion[] all = [eu, us, ap];

        // Burst: four of four, in three regions; then nothing anywhere.
        Assert.Equal(4, await eu.BurstAsync(1) + await ap.BurstAsync(1) + await us.BurstAsync(2));
        await HaveAsync(all, 0);
        Assert.Equal(0, await eu.BurstAsync(1) + await us.BurstAsync(1) + await ap.BurstAsync(1));

        // Partition: each side grants the whole rate.
        network.Cut("us");
        await AdvanceAsync(all, Second);
        Assert.Equal(4, await us.BurstAsync(9));
        Assert.Equal(4, await eu.BurstAsync(9));
        await HaveAsync([eu, ap], 0);
        Assert.Equal(0, await ap.BurstAsync(1));
        await AdvanceAsync(all, Second);
        Assert.Equal(4, await us.BurstAsync(9));
        Assert.Equal(4, await eu.BurstAsync(9));

        // Heal: each side is charged for the eight of the other, and repays them.
        network.Heal();
        await HaveAsync(all, -8);
        await AdvanceAsync(all, 2 * Second);
        Assert.Equal(0, await eu.BurstAsync(1) + await us.BurstAsync(1) + await ap.BurstAsync(1));
        await AdvanceAsync(all, Second / 4);
        Assert.Equal(1, await us.BurstAsync(2));
        await HaveAsync(all, 0);

        // 4 at once, 16 in the partition, 1 after it: 21 in 4.25 s, of 4 + 4 × 4.25 = 21.
        await AdvanceAsync(all, Second);
        await HaveAsync(all, 4);
    }

    [Fact]
    public async Task Reports_UnderLoad_AreNoMoreThanOneAnInterval()
    {
        var interval = TimeSpan.FromMilliseconds(50);
        var network = new RegionNetwork();
        await using var eu = await TestRegion.StartAsync(network, "eu", Both, Slow, silos: 1);
        Assert.Equal(1, await eu.BurstAsync(1));
        var begin = TimeProvider.System.GetTimestamp();
        var before = eu.Cluster.Calls.SentOf(nameof(IRegionGrain.ReportAsync));

        Assert.Equal(99, await eu.BurstAsync(2000));

        // A report is one page, or two where the grain has heard nothing before.
        var reports = eu.Cluster.Calls.SentOf(nameof(IRegionGrain.ReportAsync)) - before;
        var most = 2 * (2 + (TimeProvider.System.GetElapsedTime(begin) / interval));
        Assert.InRange(reports, 0, most);
    }

    /// <summary>Case 11 of seed 000.</summary>
    [Fact]
    public async Task Exchange_AnswersLostOrEverythingTwice_ChangesNothing()
    {
        var network = new RegionNetwork { LosesAnswers = true };
        await using var eu = await TestRegion.StartAsync(network, "eu", Both, Slow, silos: 2);
        await using var us = await TestRegion.StartAsync(network, "us", Both, Slow, silos: 2);
        Assert.Equal(10, await eu.BurstAsync(10));
        await us.HasLevelAsync(90);
        await DeliversAsync(network, 1);
        (network.LosesAnswers, network.DeliversTwice) = (false, true);

        Assert.Equal(20, await us.BurstAsync(20));
        await HaveAsync([eu, us], 70);
        await DeliversAsync(network, 4);

        await HaveAsync([eu, us], 70);
    }

    [Fact]
    public async Task Grants_OfEachKind_AreToldOnceAndGivenBack()
    {
        var network = new RegionNetwork();
        await using var eu = await TestRegion.StartAsync(network, "eu", Both, Slow, silos: 2);
        await using var us = TestRegion.StartNode(network, "us", Both, Slow);
        var throttle = eu.Cluster.Throttle;
        var taken = await throttle.AcquireAsync([("user", "1")], 50);
        await throttle.ReserveEachAsync([new([("user", "1")], 20), new([("user", "1")], 30)]);
        await us.HasLevelAsync(0);
        Assert.True(await throttle.ReturnAsync(taken));
        await us.HasLevelAsync(50);

        // Whoever is told when to go is told of at once; whoever waits, when its turn has come.
        Assert.True((await throttle.ReserveAsync(new([("user", "1")], 55, TimeSpan.FromMinutes(1)))).Delay > TimeSpan.Zero);
        await us.HasLevelAsync(-5);
        var waiting = throttle.AcquireAsync(new([("user", "1")], 5, TimeSpan.FromMinutes(1))).AsTask();
        await eu.HasLevelAsync(-10);
        Assert.Equal(-5, await us.LevelAsync());
        await AdvanceAsync([eu, us], 6 * Second);
        Assert.True((await waiting.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System)).IsAllowed);
        await HaveAsync([eu, us], 0);
    }

    [Fact]
    public async Task Owner_Killed_IsChargedForWhatTheOthersAreShortOf_AndTheyForNothingTwice()
    {
        var network = new RegionNetwork();
        await using var eu = await TestRegion.StartAsync(network, "eu", Both, Slow, silos: 3);
        await using var us = await TestRegion.StartAsync(network, "us", Both, Slow, silos: 1);
        var owner = eu.Cluster.Silos[2];
        await eu.Cluster.PlaceAsync(owner, "slow", "1");
        await PlaceRegionAsync(eu, eu.Cluster.Silos[0]);
        Assert.Equal(60, await eu.BurstAsync(60));
        await us.HasLevelAsync(40);
        network.Cut("us");
        Assert.Equal(40, await us.BurstAsync(99));

        await eu.Cluster.KillAsync(owner);
        network.Heal();

        // A bucket made anew is presumed spent, and 100 were granted in all: neither more than that is owed anywhere, nor less.
        await Eventually.IsTrueAsync(async () => await eu.LevelAsync() == 0 && await us.LevelAsync() == 0, "both are spent");
        await AdvanceAsync([eu, us], 6 * Second);
        Assert.Equal(10, await eu.BurstAsync(99));
        await HaveAsync([eu, us], 0);
    }

    [Fact]
    public async Task OwnerOfADebt_Killed_OwesItStillOnceTheOthersAreHeardAgain()
    {
        var network = new RegionNetwork();
        await using var eu = await TestRegion.StartAsync(network, "eu", Both, Slow, silos: 3);
        await using var us = await TestRegion.StartAsync(network, "us", Both, Slow, silos: 1);
        var owner = eu.Cluster.Silos[2];
        await eu.Cluster.PlaceAsync(owner, "slow", "1");
        network.Cut("us");
        Assert.Equal(200, await eu.BurstAsync(100) + await us.BurstAsync(100));
        network.Heal();
        await HaveAsync([eu, us], -100);

        await eu.Cluster.KillAsync(owner);

        await HaveAsync([eu, us], -100);
    }

    [Fact]
    public async Task SiloOfTheRegionsGrain_KilledWhileCutOff_OthersTellWhatTheyGranted()
    {
        var network = new RegionNetwork();
        await using var eu = await TestRegion.StartAsync(network, "eu", Both, Slow, silos: 3);
        await using var us = await TestRegion.StartAsync(network, "us", Both, Slow, silos: 1);
        await eu.Cluster.PlaceAsync(eu.Cluster.Silos[0], "slow", "1");
        await PlaceRegionAsync(eu, eu.Cluster.Silos[2]);
        Assert.Equal(10, await eu.BurstAsync(10));
        await us.HasLevelAsync(90);
        network.Cut("us");
        Assert.Equal(30, await eu.BurstAsync(30));

        await eu.Cluster.KillAsync(eu.Cluster.Silos[2]);
        network.Heal();

        await HaveAsync([eu, us], 60);
        Assert.Equal(5, await us.BurstAsync(5));
        await HaveAsync([eu, us], 55);
    }

    [Fact]
    public async Task SiloOfEverything_StoppedWhileCutOff_NothingIsLostAndNothingToldTwice()
    {
        var network = new RegionNetwork();
        await using var eu = await TestRegion.StartAsync(network, "eu", Both, Slow, silos: 2);
        await using var us = await TestRegion.StartAsync(network, "us", Both, Slow, silos: 1);
        var stopping = eu.Cluster.Silos[1];
        await eu.Cluster.PlaceAsync(stopping, "slow", "1");
        await PlaceRegionAsync(eu, stopping);
        Assert.Equal(10, await eu.BurstAsync(10));
        Assert.Equal(20, await us.BurstAsync(20));
        await HaveAsync([eu, us], 70);
        network.Cut("us");
        Assert.Equal(30, await eu.BurstAsync(30));

        await eu.Cluster.Host.StopSiloAsync(stopping);
        Assert.Equal(5, await eu.BurstAsync(5));
        network.Heal();

        await HaveAsync([eu, us], 35);
        Assert.Equal(5, await us.BurstAsync(5));
        await HaveAsync([eu, us], 30);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(100, 100)]
    public async Task PersistedOwner_Killed_IsChargedNothingTwiceButABatchAtMost(long batch, long lost)
    {
        var network = new RegionNetwork();
        await using var eu = await TestRegion.StartAsync(network, "eu", Both, Kept, silos: 3, o => o.BatchPermits = batch);
        await using var us = await TestRegion.StartAsync(network, "us", Both, Kept, silos: 1);
        var owner = eu.Cluster.Silos[2];
        await eu.Cluster.PlaceAsync(owner, "kept", "1");
        Assert.Equal(300, await eu.BurstAsync(100) + await us.BurstAsync(200));
        await HaveAsync([eu, us], 700);

        await eu.Cluster.KillAsync(owner);
        Assert.Equal(5, await us.BurstAsync(5));
        await us.HasLevelAsync(695);

        // What was set aside is lost, and charges within it may be charged again.
        await Eventually.IsTrueAsync(
            async () => await eu.LevelAsync() is var level && level <= 695 && level >= 695 - (2 * lost), "eu is charged for what us has granted since");
    }

    [Fact]
    public async Task Rule_SharedAndNotAndAgain_IsChargedOnceForWhatIsNew()
    {
        var network = new RegionNetwork();
        var own = Slow with { Replicate = false };
        await using var eu = await TestRegion.StartAsync(network, "eu", Both, own, silos: 2);
        await using var us = await TestRegion.StartAsync(network, "us", Both, Slow, silos: 1);
        Assert.Equal(30, await us.BurstAsync(10) + await eu.BurstAsync(20));
        await DeliversAsync(network, 4);
        Assert.Equal((80, 90), (await LeftAsync(eu), await LeftAsync(us)));

        await ReplaceAsync(eu, Slow);
        Assert.Equal(7, await us.BurstAsync(2) + await eu.BurstAsync(5));
        await eu.HasLevelAsync(100 - 20 - 5 - 12);
        await us.HasLevelAsync(100 - 12 - 5);

        await ReplaceAsync(eu, own);
        Assert.Equal(4, await us.BurstAsync(3) + await eu.BurstAsync(1));
        await DeliversAsync(network, 4);
        Assert.Equal((62, 80), (await LeftAsync(eu), await LeftAsync(us)));

        await ReplaceAsync(eu, Slow);
        Assert.Equal(2, await us.BurstAsync(1) + await eu.BurstAsync(1));
        await eu.HasLevelAsync(62 - 1 - 4);
        await us.HasLevelAsync(80 - 1 - 1);
    }

    [Fact]
    public async Task Cluster_WithoutARegion_LimitsSharedRulesByItself()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 1, Rules = [Shared] });

        Assert.True((await cluster.Throttle.AcquireAsync([("user", "1")], 4)).IsAllowed);
        Assert.False((await cluster.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
    }

    private static async Task HaveAsync(TestRegion[] regions, long level)
    {
        foreach (var region in regions)
        {
            await region.HasLevelAsync(level);
        }
    }

    private static async Task AdvanceAsync(TestRegion[] regions, TimeSpan duration)
    {
        foreach (var region in regions)
        {
            await region.AdvanceAsync(duration);
        }
    }

    private static async Task<long> LeftAsync(TestRegion region) =>
        (await region.Cluster.Throttle.PeekAsync(new([("user", "1")], 0))).Remaining;

    private static async Task ReplaceAsync(TestRegion region, Rule rule) =>
        await region.Cluster.EveryoneHasAsync((await region.Cluster.Rules.ReplaceAsync([rule])).Version);

    private static async Task DeliversAsync(RegionNetwork network, int pages)
    {
        var before = network.Delivered;
        await Eventually.IsTrueAsync(() => network.Delivered >= before + pages, $"{pages} more pages are delivered");
    }

    private static Task PlaceRegionAsync(TestRegion region, InProcessSiloHandle silo)
    {
        var grain = region.Cluster.Client.GetGrain<IRegionGrain>(IRegionGrain.Key);
        return Eventually.IsTrueAsync(
            async () =>
            {
                if (await region.Cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(grain) is { } address && address.Equals(silo.SiloAddress))
                {
                    return true;
                }

                // It moves on if it lives elsewhere, and begins here if it does not live yet. To wait for its end would be to wait
                // for ever where it does not live, or stays.
                RequestContext.Set(IPlacementDirector.PlacementHintKey, silo.SiloAddress);
                await grain.Cast<IGrainManagementExtension>().MigrateOnIdle();
                RequestContext.Clear();
                return false;
            },
            $"the grain of {region.Name} lives on {silo.Name}");
    }
}
