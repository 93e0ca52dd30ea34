using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Throttle.Core.Rules;

namespace Throttle.Grains.Interfaces.Rules;

/// <summary>Registers the cluster's rules.</summary>
public static class ClusterRulesServices
{
    /// <summary>
    /// Registers one <see cref="ClusterRules"/>, which is also the process's <see cref="IRules"/>, and its
    /// <see cref="ClusterRulesOptions"/>. Somebody has to start it. Calling it again registers nothing twice.
    /// </summary>
    public static IServiceCollection AddClusterRules(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ClusterRulesOptions>();

        // Real time, whatever clock the buckets go by: polls wait for other machines.
        services.TryAddSingleton(provider => new ClusterRules(
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<IOptions<ClusterRulesOptions>>().Value,
            TimeProvider.System,
            provider.GetRequiredService<ILogger<ClusterRules>>()));
        services.TryAddSingleton<IRules>(provider => provider.GetRequiredService<ClusterRules>());
        return services;
    }
}
