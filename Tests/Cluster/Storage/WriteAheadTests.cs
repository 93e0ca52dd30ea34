using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Storage;

/// <summary>Persisted buckets: permits are set aside in storage before they are spent, many at a time.</summary>
public sealed class WriteAheadTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly Rule Daily = LimitBy.TokenBucket("daily", 1000, "1000/d", "user") with { OnError = OnError.Deny };

    private ThrottleCluster Cluster => shared.Cluster;

    [Fact]
    public async Task Acquire_OneAfterTheOther_WritesOncePerBatch()
    {
        await Cluster.UseAsync(Daily);
        var before = Writes("daily", "1");

        for (var i = 0; i < 1000; i++)
        {
            Assert.True((await Cluster.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
        }

        // The first write holds the first permit and 100 more, and so has each after it.
        Assert.Equal(10, Writes("daily", "1") - before);
    }

    [Fact]
    public async Task Acquire_ManyAtOnce_WritesNoMoreThanOneAfterTheOther()
    {
        await Cluster.UseAsync(Daily);
        var before = Writes("daily", "1");

        var decisions = await Task.WhenAll(
            from throttle in Cluster.Everywhere() from _ in Enumerable.Range(0, 300) select throttle.AcquireAsync([("user", "1")]).AsTask());

        Assert.Equal(1000, decisions.Count(d => d.IsAllowed));
        Assert.InRange(Writes("daily", "1") - before, 1, 10);
    }

    [Fact]
    public async Task Acquire_SmallLimit_SetsATenthAsideAtMost()
    {
        await Cluster.UseAsync(LimitBy.TokenBucket("daily", 20, "20/d", "user"));
        var before = Writes("daily", "1");

        for (var i = 0; i < 6; i++)
        {
            await Cluster.Throttle.AcquireAsync([("user", "1")]);
        }

        Assert.Equal(2, Writes("daily", "1") - before);
    }

    [Fact]
    public async Task Acquire_RefillsFast_IsCoveredForATenthOfItsRefillTime()
    {
        // Full again 60 µs after each call. A stored bucket that has become full covers nothing, so a batch of 100 would last 6 ms.
        await Cluster.UseAsync(LimitBy.TokenBucket("fast", 1_000_001, "1000000/60s", "user"));
        var before = Writes("fast", "1");

        for (var i = 0; i < 120; i++)
        {
            Assert.True((await Cluster.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
            await Cluster.AdvanceAsync(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(2, Writes("fast", "1") - before);
    }

    [Fact]
    public async Task Acquire_RememberedInstants_AreWrittenEach()
    {
        await Cluster.UseAsync(LimitBy.SlidingLog("daily", 100, "1d", "user"));
        var before = Writes("daily", "1");

        for (var i = 0; i < 5; i++)
        {
            await Cluster.Throttle.AcquireAsync([("user", "1")]);
        }

        Assert.Equal(5, Writes("daily", "1") - before);
    }

    [Fact]
    public async Task Acquire_Refused_WritesNothing()
    {
        await Cluster.UseAsync(Daily);
        await Cluster.Throttle.AcquireAsync([("user", "1")], 1000);
        var before = Writes("daily", "1");

        for (var i = 0; i < 10; i++)
        {
            Assert.False((await Cluster.Throttle.AcquireAsync([("user", "1")])).IsAllowed);
        }

        Assert.Equal(0, Writes("daily", "1") - before);
    }

    [Fact]
    public async Task Acquire_InMemory_WritesNothing()
    {
        await Cluster.UseAsync(LimitBy.TokenBucket("quick", 1000, "1000/m", "user"), Daily with { Durability = Durability.Memory });
        var before = Writes("daily", "1");

        for (var i = 0; i < 10; i++)
        {
            await Cluster.Throttle.AcquireAsync([("user", "1")]);
        }

        await Cluster.AdvanceAsync(TimeSpan.FromMinutes(1));
        await Cluster.SettleAsync();
        Assert.Equal(0, Writes("quick", "1"));
        Assert.Equal(before, Writes("daily", "1"));
    }

    [Fact]
    public async Task Bucket_LeftAlone_IsWrittenExactly()
    {
        await Cluster.UseAsync(Daily);
        await Cluster.Throttle.AcquireAsync([("user", "1")], 250);
        var before = Writes("daily", "1");

        await Cluster.AdvanceAsync(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        await Cluster.SettleAsync();
        Assert.Equal(before, Writes("daily", "1"));
        await Cluster.AdvanceAsync(TimeSpan.FromTicks(1));

        await Eventually.IsTrueAsync(() => Writes("daily", "1") == before + 1, "the exact state is written");
    }

    [Fact]
    public async Task Bucket_NewAgain_HasNoRecord()
    {
        await Cluster.UseAsync(Daily);
        await Cluster.Throttle.AcquireAsync([("user", "new again")], 250);
        Assert.True(Cluster.Storage.Holds(Cluster.Bucket("daily", "new again").GetGrainId()));

        await Cluster.AdvanceAsync(TimeSpan.FromSeconds(10));
        await Cluster.SettleAsync();
        await Cluster.AdvanceAsync(TimeSpan.FromDays(1));
        await Cluster.Host.DeactivateAsync(Cluster.Bucket("daily", "new again"));

        Assert.False(Cluster.Storage.Holds(Cluster.Bucket("daily", "new again").GetGrainId()));
        Assert.Equal(999, (await Cluster.Throttle.AcquireAsync([("user", "new again")])).Remaining);
    }

    [Fact]
    public async Task Bucket_Reset_HasNoRecord()
    {
        await Cluster.UseAsync(Daily);
        await Cluster.Throttle.AcquireAsync([("user", "reset")], 250);

        Assert.True(await Cluster.Throttle.ResetAsync("daily", "reset"));

        Assert.False(Cluster.Storage.Holds(Cluster.Bucket("daily", "reset").GetGrainId()));
    }

    private int Writes(string rule, string key) => Cluster.Storage.WritesOf(Cluster.Bucket(rule, key).GetGrainId());
}
