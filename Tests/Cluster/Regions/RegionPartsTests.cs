using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Throttle.Core.Replication;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains;
using Throttle.Grains.Interfaces;
using Throttle.Grains.Interfaces.Rules;
using Throttle.Grains.Regions;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Regions;

/// <summary>What a region is made of, each by itself, in a silo that is none.</summary>
public sealed class RegionPartsTests : IAsyncLifetime
{
    private static readonly Rule Shared = LimitBy.TokenBucket("shared", 4, "4/s", "user") with { Replicate = true };
    private ThrottleCluster _cluster = null!;

    private IServiceProvider Silo => _cluster.Silos[0].ServiceProvider;

    public async Task InitializeAsync() => _cluster = await ThrottleCluster.StartAsync(new() { Silos = 1, Rules = [Shared] });

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Report_CountedWithoutEnd_Ends()
    {
        RegionReporter? counting = null;
        var told = new List<int>();
        var grain = Fake.Of<IRegionGrain>(args =>
        {
            var page = (CountPageWire)args[0]!;
            told.Add(page.Entries.Length);
            if (told.Count < 100)
            {
                counting!.Count("shared", $"later-{told.Count}", 1, 0, 0);
            }

            return new ValueTask<long>(page.Through);
        });
        await using var services = new ServiceCollection().AddSingleton(Fake.Of<IGrainFactory>(_ => grain)).BuildServiceProvider();
        using var reporter = counting = new(
            services,
            Silo.GetRequiredService<ClusterRules>(),
            Silo.GetRequiredService<MonotonicClock>(),
            Silo.GetRequiredService<ILocalSiloDetails>(),
            NullLogger<RegionReporter>.Instance);
        for (var i = 0; i < 2_500; i++)
        {
            reporter.Count("shared", $"user-{i}", 1, 0, 0);
        }

        Assert.True(await reporter.ReportAsync(isEvenIfNothing: false, CancellationToken.None));
        Assert.Equal([1_000, 1_000, 502], told);

        // What was counted during the last call is the next report's.
        Assert.True(await reporter.ReportAsync(isEvenIfNothing: false, CancellationToken.None));
        Assert.Equal([1_000, 1_000, 502, 1], told);
    }

    [Fact]
    public async Task RegionGrain_RulesNotFetchedYet_WaitsForThem()
    {
        using var rules = new ClusterRules(
            Silo.GetRequiredService<IGrainFactory>(), new(), TimeProvider.System, NullLogger<ClusterRules>.Instance);
        IReplicationLog? log = null;
        var exchange = Fake.Of<IPeerExchange>(args =>
        {
            log = args is [IReplicationLog given] ? given : log;
            return args is [] ? "eu" : Fake.Of<IAsyncDisposable>(_ => ValueTask.CompletedTask);
        });
        await using var services = new ServiceCollection().AddSingleton(exchange).BuildServiceProvider();
        var grain = new RegionGrain(
            null!, ActivatorUtilities.CreateInstance<BucketContext>(Silo, rules), services, NullLogger<RegionGrain>.Instance);
        grain.OnRehydrate(Fake.Of<IRehydrationContext>(args =>
        {
            args[1] = new[] { new CountWire { Rule = "shared", Key = "1", Count = 7, Version = 1, Consumed = 3, Outstanding = 3 } };
            return true;
        }));

        var activating = grain.OnActivateAsync(CancellationToken.None);
        Assert.False(activating.IsCompleted, "The rules are not known yet.");
        await rules.StartAsync(null, CancellationToken.None);
        await activating.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);

        Assert.Equal(3, Assert.Single(log!.ReadPage(0).Entries).Consumed);
        await rules.StopAsync();
    }

    [Fact]
    public async Task Charge_ManyOwnersAway_HoldsNobodyElseUp()
    {
        var (asked, away) = (new ConcurrentQueue<string>(), true);
        var grains = Fake.Of<IGrainFactory>(call => Fake.Of<ITokenBucketGrain>(_ =>
        {
            var (_, key) = BucketGrainKey.Parse((string)call[0]!);
            asked.Enqueue(key);
            return Volatile.Read(ref away) && key != "there" ? ValueTask.FromException<long?>(new IOException("away")) : new ValueTask<long?>(1);
        }));
        var context = ActivatorUtilities.CreateInstance<BucketContext>(Silo, grains);
        var time = new VirtualTimeProvider(new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var queue = new ChargeQueue(context, new("eu", context.Rules, context.Clock), time);

        // As on its grain's scheduler: one at a time.
        await Task.Factory.StartNew(
            () =>
            {
                foreach (var key in Enumerable.Range(0, 64).Select(i => $"away-{i}").Append("there"))
                {
                    queue.Add("shared", key, new("us", 1, 1, 0, 1, HasFollowed: true));
                }
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
        Assert.Equal("there", asked.Last());
        Assert.Equal(65, asked.Count);

        Volatile.Write(ref away, false);
        time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.IsTrueAsync(() => asked.Count == 129, "the others are asked again after a second");
        queue.Stop();
    }
}
