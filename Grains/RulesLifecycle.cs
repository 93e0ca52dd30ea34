using Microsoft.Extensions.Options;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Grains;

/// <summary>Fetches the cluster's rules before the silo counts as started, and follows them until it stops.</summary>
internal sealed class RulesLifecycle(ClusterRules rules, IOptions<BucketGrainOptions> options, BucketContext context)
    : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle observer)
    {
        // The context is made here, so that a silo without storage does not start.
        rules.Changed += _ => context.SpreadRules();
        observer.Subscribe(
            nameof(RulesLifecycle),
            ServiceLifecycleStage.Active,
            cancellationToken => rules.StartAsync(options.Value.FirstRules, cancellationToken),
            _ => rules.StopAsync());
    }
}
