using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Persistence;
using Orleans.Serialization;
using Orleans.Storage;
using StackExchange.Redis;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains;
using Throttle.Silo.Settings;

namespace Throttle.Silo.Hosting;

/// <summary>Makes a silo of the settings.</summary>
internal static class SiloCluster
{
    private const string StorageName = "throttle";
    private static readonly TimeSpan NoCollection = TimeSpan.FromDays(3650);

    /// <param name="silo">What is configured.</param>
    /// <param name="settings">How.</param>
    /// <param name="seed">The rules of a new cluster.</param>
    /// <param name="redis">The connection to use, or null for memory.</param>
    /// <param name="clock">The clock of the buckets.</param>
    public static void Configure(ISiloBuilder silo, SiloSettings settings, RuleSet seed, IConnectionMultiplexer? redis, TimeProvider clock)
    {
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (settings.ClusterId, settings.ServiceId));
        silo.Configure<EndpointOptions>(endpoints => Configure(endpoints, settings));
        silo.Configure<ClusterMembershipOptions>(membership => Configure(membership, settings));
        if (redis is null)
        {
            silo.UseDevelopmentClustering(settings.Primary);
            silo.AddMemoryGrainStorage(StorageName, (OptionsBuilder<MemoryGrainStorageOptions> storage) => storage.Configure(
                (MemoryGrainStorageOptions options, Serializer serializer) => options.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer)));
        }
        else
        {
            UseRedis(silo, settings.Redis!, redis);
        }

        silo.AddThrottleGrains(grains =>
        {
            grains.FirstRules = seed;
            grains.BatchPermits = settings.BatchPermits;
            grains.FlushInterval = settings.FlushInterval;
            grains.MaxQueuedCalls = settings.MaxQueuedCalls;
        });
        if (settings.HasDashboard)
        {
            silo.AddDashboard();
        }

        if (clock is VirtualTimeProvider)
        {
            UseVirtualClock(silo.Services, clock);
        }
    }

    /// <summary>The silo itself, its probes and its directory of grains go by real time; only what belongs to the buckets stands still.</summary>
    private static void UseVirtualClock(IServiceCollection services, TimeProvider clock)
    {
        services.AddKeyedSingleton(TimeProviderNames.Grains, (_, _) => clock);

        // Idle buckets are told by real time, and would be forgotten while they owe something by the clock.
        services.PostConfigure<GrainCollectionOptions>(collection =>
        {
            foreach (var name in collection.ClassSpecificCollectionAge.Keys.ToArray())
            {
                collection.ClassSpecificCollectionAge[name] = NoCollection;
            }
        });
    }

    private static void Configure(EndpointOptions endpoints, SiloSettings settings)
    {
        endpoints.AdvertisedIPAddress = settings.AdvertisedAddress;
        endpoints.SiloPort = settings.SiloPort;
        endpoints.GatewayPort = settings.GatewayPort;
        endpoints.SiloListeningEndpoint = new IPEndPoint(settings.ListenAddress, settings.SiloPort);
        endpoints.GatewayListeningEndpoint = settings.GatewayPort == 0 ? null : new IPEndPoint(settings.ListenAddress, settings.GatewayPort);
    }

    private static void Configure(ClusterMembershipOptions membership, SiloSettings settings)
    {
        membership.ProbeTimeout = settings.ProbeTimeout;
        membership.NumMissedProbesLimit = settings.MissedProbes;
        membership.NumVotesForDeathDeclaration = settings.DeathVotes;
        membership.IAmAliveTablePublishTimeout = settings.AliveInterval;
        membership.MaxJoinAttemptTime = settings.JoinTimeout;
    }

    private static void UseRedis(ISiloBuilder silo, ConfigurationOptions configuration, IConnectionMultiplexer redis)
    {
        silo.UseRedisClustering(clustering =>
        {
            clustering.ConfigurationOptions = configuration;
            clustering.CreateMultiplexer = _ => Task.FromResult((redis, IsShared: true));
        });
        silo.AddRedisGrainStorage(StorageName, (OptionsBuilder<RedisStorageOptions> storage) => storage.Configure(
            (RedisStorageOptions options, Serializer serializer) =>
            {
                options.ConfigurationOptions = configuration;
                options.CreateMultiplexer = _ => Task.FromResult((redis, IsShared: true));
                options.DeleteStateOnClear = true;
                options.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
            }));
    }
}
