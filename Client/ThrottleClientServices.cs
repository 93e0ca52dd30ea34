using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Throttle.Client.Buckets;
using Throttle.Client.Usage;
using Throttle.Core;
using Throttle.Core.Inline;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Usage;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Client;

/// <summary>Registers a throttle whose buckets live in a cluster.</summary>
public static class ThrottleClientServices
{
    /// <summary>
    /// Registers <see cref="IThrottle"/>, <see cref="IInlineLimits"/>, <see cref="IWorkQueues"/>, and the cluster's <see cref="IRules"/> and <see cref="IUsage"/>, on a host that is a client of the cluster
    /// (<c>UseOrleansClient</c>) or a silo. On a client, the host starts once the rules were fetched; in a silo, the silo
    /// fetches them. Calling it again registers nothing twice; the settings add up.
    /// </summary>
    /// <remarks>
    /// What becomes of a call that fails is written at <see cref="CallFailures"/>. The buckets' own time comes from the
    /// <see cref="TimeProvider"/> that grains go by (registered with the key <see cref="TimeProviderNames.Grains"/>, else without
    /// one, else the system's); how long an answer is waited for is always real time.
    /// </remarks>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Changes settings; null for the defaults.</param>
    /// <exception cref="OptionsValidationException">When the throttle is first resolved: settings are out of range; all are listed.</exception>
    public static IServiceCollection AddThrottleClient(
        this IServiceCollection services, Action<ThrottleClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddClusterRules();
        services.AddOptions<ThrottleClientOptions>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        if (services.Any(s => s.ServiceType == typeof(ClusterThrottle)))
        {
            return services;
        }

        services.AddSingleton<IValidateOptions<ThrottleClientOptions>, ThrottleClientOptionsValidator>();
        services.AddOptions<ClusterRulesOptions>()
            .Configure<IOptions<ThrottleClientOptions>>((rules, client) => rules.PollInterval = client.Value.RulesPollInterval);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ClusterThrottle>();
        services.AddSingleton<UsageReporter>();
        services.AddHostedService(provider => provider.GetRequiredService<UsageReporter>());
        services.TryAddSingleton<IUsage, ClusterUsage>();
        services.TryAddSingleton<IThrottle>(provider => provider.GetRequiredService<ClusterThrottle>());
        services.TryAddSingleton<IInlineLimits, ClusterInlineLimits>();
        services.TryAddSingleton<IWorkQueues, ClusterWorkQueues>();
        services.AddSingleton<ILifecycleParticipant<IClusterClientLifecycle>, RulesLifetime>();
        return services;
    }
}
