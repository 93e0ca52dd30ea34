using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;

namespace Throttle.Tests.Cluster.Membership;

/// <summary>The live buckets of a cluster, in pages.</summary>
public sealed class BucketListTests
{
    private static readonly Rule[] Rules =
    [
        LimitBy.TokenBucket("memory", 10, "1/m", "user") with { Durability = Durability.Memory },
        LimitBy.TokenBucket("memory-2", 10, "1/m", "user") with { Durability = Durability.Memory },
        LimitBy.SlidingLog("kept", 10, "1d", "user"),
        LimitBy.Queue("queue", 10, "1/m", "user"),
    ];

    [Theory]
    [InlineData("memory", 1)]
    [InlineData("memory", 7)]
    [InlineData("memory", 1000)]
    [InlineData("kept", 50)]
    [InlineData("queue", 50)]
    public async Task List_InPages_HasEachLiveBucketOnceInOrder(string rule, int limit)
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Rules = Rules });
        string[] users = [.. Enumerable.Range(0, 120).Select(i => i % 3 == 0 ? $"ü/{i}" : $"{i}")];
        foreach (var user in users)
        {
            await cluster.Throttle.AcquireAsync([("user", user)]);
        }

        var listed = new List<RuleDecision>();
        BucketPage? page = null;
        for (var pages = 0; pages == 0 || page!.Next is not null; pages++)
        {
            Assert.InRange(pages, 0, 200);
            page = await ListOf(cluster.Silos[pages % 3]).ListAsync(rule, page?.Next, limit);
            Assert.Empty(page!.Silent);
            Assert.InRange(page.Buckets.Count, 0, limit);
            listed.AddRange(page.Buckets);
        }

        Assert.Equal(users.Order(StringComparer.Ordinal), listed.Select(bucket => bucket.Key));
        Assert.All(listed, bucket => Assert.Null(bucket.Error));
        Assert.All(listed, bucket => Assert.True(bucket.ResetAfter > TimeSpan.Zero));
    }

    [Fact]
    public async Task List_BucketsThatAreAsNew_AreLeftOut()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 2, Rules = Rules });
        await cluster.Throttle.AcquireAsync([("user", "1")]);
        await cluster.Throttle.PeekAsync(new([("user", "2")]));

        Assert.Equal(["1"], (await ListOf(cluster.Silos[0]).ListAsync("memory", null, 10))!.Buckets.Select(bucket => bucket.Key));
        Assert.Null(await ListOf(cluster.Silos[0]).ListAsync("none", null, 10));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await ListOf(cluster.Silos[0]).ListAsync("memory", null, 1001));
    }

    [Fact]
    public async Task List_AfterASiloIsLost_HasWhatTheOthersHold()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 3, Rules = Rules });
        for (var i = 0; i < 30; i++)
        {
            await cluster.Throttle.AcquireAsync([("user", $"{i}")]);
        }

        await cluster.KillAsync(cluster.Silos[2]);
        var page = await ListOf(cluster.Silos[0]).ListAsync("memory", null, 100);

        Assert.Empty(page!.Silent);
        Assert.InRange(page.Buckets.Count, 1, 29);
        Assert.Null(page.Next);
    }

    private static IBucketList ListOf(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<IBucketList>();
}
