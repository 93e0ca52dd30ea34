using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Throttle.Core.Engine;
using Throttle.Core.Local;
using Throttle.Core.Queues;
using Throttle.Core.Replication;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces.Rules;
using Throttle.Grains.Membership;
using Throttle.Grains.Queues;
using Throttle.Grains.Regions;

namespace Throttle.Grains;

/// <summary>Makes a silo a throttle.</summary>
public static class ThrottleSiloBuilderExtensions
{
    /// <summary>
    /// Adds the grains of buckets and rules and what they need, but for the grain storage named <c>throttle</c>, which is for the
    /// caller to add: a silo without it does not start. Every silo of a cluster needs this, with the same options.
    /// </summary>
    /// <remarks>
    /// It also turns Orleans' strongly consistent grain directory on, bounds the calls under way in each grain, and registers the
    /// silo's <see cref="ClusterRules"/> as its <see cref="IRules"/>. The clock is the registered <see cref="TimeProvider"/>, else the
    /// system's. Every <see cref="IWorkProcessor"/> that is registered does work of rules of the algorithm <c>queue</c>.
    /// </remarks>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">Changes the options, or null.</param>
    /// <exception cref="OptionsValidationException">At start: an option is out of range; all faults are listed.</exception>
    public static ISiloBuilder AddThrottleGrains(this ISiloBuilder silo, Action<BucketGrainOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(silo);
        var services = silo.Services;
        var options = services.AddOptions<BucketGrainOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<BucketGrainOptions>, BucketGrainOptionsValidator>());

        // Orleans refuses a call when there are more than its limit already, and 0 is no limit.
        services.AddOptions<SiloMessagingOptions>().Configure<IOptions<BucketGrainOptions>>(
            (messaging, buckets) => messaging.MaxEnqueuedRequestsHardLimit = buckets.Value.MaxQueuedCalls - 1);

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new MonotonicClock(
            provider.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Grains)));
        services.AddClusterRules();
        services.TryAddSingleton(provider => new ThrottleInstruments((object?)provider.GetService<IMeterFactory>() ?? provider));
        services.TryAddSingleton<OwnedBuckets>();
        services.TryAddSingleton<BucketContext>();
        services.TryAddSingleton<IBucketList, ClusterBucketList>();
        services.TryAddSingleton<ClusterLosses>();
        services.TryAddSingleton<SiloAgents>();
        services.TryAddSingleton<IRuleVersions>(provider => provider.GetRequiredService<SiloAgents>());
        AddToLifecycle<SiloDrain>(services);
        AddToLifecycle<LossWatch>(services);
        AddToLifecycle<RulesLifecycle>(services);
        AddToLifecycle<WorkWaker>(services);
        AddToLifecycle<RegionReporter>(services);
        return silo.AddGrainService<SiloAgent>().AddDistributedGrainDirectory();
    }

    /// <summary>
    /// Makes the cluster a region that shares the buckets of rules with <c>replicate</c> with others. Every silo needs this, and an
    /// <see cref="IPeerExchange"/> among its services, with the same region and peers.
    /// </summary>
    /// <param name="services">The silo's services.</param>
    public static IServiceCollection AddThrottleRegion(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<IReplicationInbox, RegionInbox>();
        return services;
    }

    private static void AddToLifecycle<T>(IServiceCollection services)
        where T : class, ILifecycleParticipant<ISiloLifecycle>
    {
        services.TryAddSingleton<T>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<T>());
    }
}
