using Microsoft.Extensions.DependencyInjection;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Client;

/// <summary>
/// Starts and stops the rules with the cluster client, whatever the order in which a host's services were registered. A silo
/// has no such lifecycle, and starts them itself.
/// </summary>
internal sealed class RulesLifetime(IServiceProvider services) : ILifecycleParticipant<IClusterClientLifecycle>
{
    public void Participate(IClusterClientLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(RulesLifetime),
        ServiceLifecycleStage.Active,
        cancellationToken => Rules().StartAsync(seed: null, cancellationToken),
        _ => Rules().StopAsync());

    // Not a parameter: the client that makes this is still being made, and the rules need it.
    private ClusterRules Rules() => services.GetRequiredService<ClusterRules>();
}
