using Microsoft.Extensions.DependencyInjection;
using Throttle.Client.Usage;
using Throttle.Core;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Usage;
using Throttle.Grains.Interfaces;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Cluster.Queues;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Usage;

/// <summary>What all nodes of a cluster have decided, merged by its usage grain.</summary>
public sealed class UsageTests
{
    private static readonly Rule Small = LimitBy.TokenBucket("a", 10, "1/m", "user");

    [Fact]
    public async Task Usage_AskedAnywhere_IsOfAllNodesAndEachOnce()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 2, Rules = [Small] });
        foreach (var throttle in cluster.Everywhere())
        {
            for (var i = 0; i < 6; i++)
            {
                await throttle.AcquireAsync([("user", "1")]);
            }
        }

        await ReportAllAsync(cluster);
        await ReportAllAsync(cluster);
        foreach (var services in Hosts(cluster))
        {
            var usage = await services.GetRequiredService<IUsage>().GetAsync();

            Assert.Equal(3, usage.Nodes.Count);
            Assert.All(usage.Nodes, node => Assert.False(node.HasEnded));
            Assert.Equal([6L, 6L, 6L], usage.Rows.Select(row => row.Counts.Allowed + row.Counts.Refused));
            Assert.Equal(new UsageCounts(Allowed: 10, Refused: 8, ShadowRefused: 0, Errors: 0, Permits: 10), Total(usage));
            Assert.All(cluster.Silos, silo => Assert.Contains(usage.Nodes, node => node.Name == silo.SiloAddress.ToParsableString()));
        }
    }

    [Fact]
    public async Task Usage_OfAQueue_HasItsWork()
    {
        await using var cluster = await ThrottleCluster.StartAsync(
            new() { Silos = 2, Rules = [LimitBy.Queue("mail", 1, "1/m", "user")], Processor = new Worker() });

        // A silo reports once it has a throttle, as every node has.
        Assert.All(cluster.Silos, silo => Assert.NotNull(cluster.ThrottleOf(silo)));
        foreach (var id in new[] { "a", "b", "c" })
        {
            await cluster.Queues.EnqueueAsync("mail", "1", new Work(id, "x"u8.ToArray()));
        }

        var expected = new UsageCounts(Allowed: 1, Refused: 2, ShadowRefused: 0, Errors: 0, Permits: 1);
        await Eventually.IsTrueAsync(
            async () =>
            {
                await ReportAllAsync(cluster);
                return Total(await cluster.Client.ServiceProvider.GetRequiredService<IUsage>().GetAsync()) == expected;
            },
            $"the usage of the queue is {expected}");
    }

    [Fact]
    public async Task Usage_AskedAtOnce_HasWhatWasDecidedThere()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 1, Rules = [Small] });
        await cluster.ThrottleOf(cluster.Silos[0]).AcquireAsync([("user", "1")]);

        Assert.Equal(1, Total(await cluster.Silos[0].ServiceProvider.GetRequiredService<IUsage>().GetAsync()).Allowed);
    }

    [Fact]
    public async Task Usage_GrainLostWithItsMemory_HearsEverythingAgain()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 2, Rules = [Small] });
        await cluster.ThrottleOf(cluster.Silos[0]).AcquireAsync([("user", "1")]);
        await ReportAllAsync(cluster);

        // It cannot store what it has when it goes, so that the next one knows nothing of it.
        cluster.Storage.Break((operation, _) => operation == StorageOperation.Write ? StorageFault.FailsBefore : StorageFault.None);
        await cluster.Host.DeactivateAsync(cluster.Client.GetGrain<IUsageGrain>(IUsageGrain.Key));
        cluster.Storage.Break(null);
        await cluster.ThrottleOf(cluster.Silos[0]).AcquireAsync([("user", "1")]);
        await cluster.ThrottleOf(cluster.Silos[1]).AcquireAsync([("user", "1")]);
        await ReportAllAsync(cluster);

        Assert.Equal(3, Total(await UsageOf(cluster)).Allowed);
    }

    [Fact]
    public async Task Usage_SiloStops_KeepsWhatItCounted()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 2, Rules = [Small] });
        var leaving = cluster.Silos[1];
        var name = leaving.SiloAddress.ToParsableString();
        for (var i = 0; i < 3; i++)
        {
            await cluster.ThrottleOf(leaving).AcquireAsync([("user", "1")]);
        }

        // Nothing was reported before: the last report is made when it stops.
        await cluster.Host.StopSiloAsync(leaving);
        var usage = await UsageOf(cluster);

        Assert.Equal(3, Assert.Single(usage.Rows, row => row.Node == name).Counts.Allowed);
        cluster.Time.Advance(TimeSpan.FromMinutes(6));
        usage = await UsageOf(cluster);
        Assert.True(Assert.Single(usage.Nodes, node => node.Name == name).HasEnded);
        Assert.Equal(3, Total(usage).Allowed);
    }

    [Fact]
    public async Task Usage_ClusterStartsAgain_CountsOnFromItsStorage()
    {
        var setup = new ClusterSetup { Silos = 1, Rules = [Small] };
        await using (var cluster = await ThrottleCluster.StartAsync(setup))
        {
            await cluster.ThrottleOf(cluster.Silos[0]).AcquireAsync([("user", "1")]);
        }

        await using var again = await ThrottleCluster.StartAsync(setup);
        await again.ThrottleOf(again.Silos[0]).AcquireAsync([("user", "2")]);
        await ReportAllAsync(again);
        var usage = await UsageOf(again);

        Assert.Equal(2, Total(usage).Allowed);
        Assert.Equal(setup.Start, usage.Since);
    }

    [Fact]
    public async Task Report_LateAndRepeated_ChangesNothing()
    {
        await using var cluster = await ThrottleCluster.StartAsync(new() { Silos = 1, Rules = [Small] });
        var grain = cluster.Client.GetGrain<IUsageGrain>(IUsageGrain.Key);
        var epoch = (await grain.ReportAsync("n", 1, [Row(5)])).Epoch;
        foreach (var allowed in new[] { 3L, 5L, 1L, -7L, 5L })
        {
            Assert.Equal(new UsageReply(epoch, null), await grain.ReportAsync("n", 1, [Row(allowed)]));
        }

        Assert.Equal(5, Total((await grain.GetAsync()).ToReport()).Allowed);

        static RuleUsageWire Row(long allowed) => new("a", "", new(allowed, 0, 0, 0, 0));
    }

    private static IEnumerable<IServiceProvider> Hosts(ThrottleCluster cluster) =>
        [cluster.Client.ServiceProvider, .. cluster.Silos.Select(silo => silo.ServiceProvider)];

    private static ValueTask<UsageReport> UsageOf(ThrottleCluster cluster) =>
        cluster.Client.ServiceProvider.GetRequiredService<IUsage>().GetAsync();

    private static async Task ReportAllAsync(ThrottleCluster cluster)
    {
        foreach (var services in Hosts(cluster))
        {
            Assert.True(await services.GetRequiredService<UsageReporter>().ReportAsync(isEvenIfNothing: true, CancellationToken.None));
        }
    }

    private static UsageCounts Total(UsageReport usage) => usage.Rows.Aggregate(default(UsageCounts), (sum, row) => sum + row.Counts);
}
