using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Throttle.Api.Replication;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Replication;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains;
using Throttle.Grains.Interfaces;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Regions;

/// <summary>One region among others: a cluster, or a node by itself.</summary>
internal sealed class TestRegion : IAsyncDisposable
{
    private readonly Rule _rule;
    private readonly LocalThrottle? _node;
    private readonly IAsyncDisposable? _exchange;
    private readonly VirtualTimeProvider _time;

    private TestRegion(string name, Rule rule, ThrottleCluster cluster) =>
        (Name, _rule, Clustered, _time) = (name, rule, cluster, cluster.Time);

    private TestRegion(string name, Rule rule, LocalThrottle node, IAsyncDisposable exchange, VirtualTimeProvider time) =>
        (Name, _rule, _node, _exchange, _time) = (name, rule, node, exchange, time);

    public string Name { get; }

    public ThrottleCluster Cluster => Clustered!;

    private ThrottleCluster? Clustered { get; }

    private IThrottle Throttle => _node ?? Cluster.Throttle;

    private long Capacity => ((TokenBucketSpec)_rule.Limit).Bandwidths[0].Capacity;

    /// <summary>Starts a cluster as a region.</summary>
    public static async Task<TestRegion> StartAsync(
        RegionNetwork network, string name, string[] peers, Rule rule, short silos, Action<BucketGrainOptions>? buckets = null)
    {
        var options = Options(network, name, peers);
        var cluster = await ThrottleCluster.StartAsync(new()
        {
            Silos = silos,
            Rules = [rule],
            Buckets = buckets ?? (_ => { }),
            Services = services => services.AddReplication(options, provider => provider).AddThrottleRegion(),
        });

        // Whichever silo is there: all of them take pages.
        network.Add(name, () => cluster.Silos[^1].ServiceProvider.GetRequiredService<IReplicationInbox>());
        return new(name, rule, cluster);
    }

    /// <summary>Starts a node by itself as a region.</summary>
    public static TestRegion StartNode(RegionNetwork network, string name, string[] peers, Rule rule)
    {
        var time = new VirtualTimeProvider(new ClusterSetup().Start);
        var replicator = new Replicator(name, 1);
        var node = new LocalThrottle(new LocalRules([rule]), new() { TimeProvider = time, Replicator = replicator });
        var exchange = new PeerExchange(Options(network, name, peers), new(node), NullLoggerFactory.Instance).Start(replicator);
        network.Add(name, () => replicator);
        return new(name, rule, node, exchange, time);
    }

    /// <summary>Asks so many times.</summary>
    /// <returns>How many were allowed.</returns>
    public async Task<int> BurstAsync(int times, string user = "1")
    {
        var allowed = 0;
        for (; times > 0; times--)
        {
            allowed += (await Throttle.AcquireAsync([("user", user)])).IsAllowed ? 1 : 0;
        }

        return allowed;
    }

    /// <summary>Whole permits in a bucket, below zero where it owes.</summary>
    public async Task<long> LevelAsync(string user = "1") => Capacity - (_node is not null
        ? _node.MissingOf(_rule.Id, user)
        : await Cluster.Client.GetGrain<ITokenBucketGrain>(BucketGrainKey.Of(_rule.Id, user)).ChargeAsync([]) ?? 0);

    public Task HasLevelAsync(long level, string user = "1") => Eventually.IsTrueAsync(
        async () => await LevelAsync(user) == level, $"the bucket of {user} in {Name} has {level} permits");

    public async Task AdvanceAsync(TimeSpan duration)
    {
        if (Clustered is not null)
        {
            await Clustered.AdvanceAsync(duration);
        }
        else
        {
            _time.Advance(duration);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_exchange is not null)
        {
            await _exchange.DisposeAsync();
        }

        _node?.Dispose();
        if (Clustered is not null)
        {
            await Clustered.DisposeAsync();
        }
    }

    private static ReplicationOptions Options(RegionNetwork network, string name, string[] peers) => new()
    {
        Region = name,
        Peers = [.. peers.Where(peer => peer != name).Select(peer => $"http://{peer}")],
        Token = "t",
        Interval = TimeSpan.FromMilliseconds(10),
        CheckInterval = TimeSpan.FromSeconds(1),
        CreateHandler = () => network.HandlerOf(name),
    };
}
