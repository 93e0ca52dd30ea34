using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Engine;

/// <summary>What every engine must do, asked inside a silo.</summary>
public sealed class HostedClientEngineTests(SharedCluster shared) : EngineContract, IClassFixture<SharedCluster>
{
    protected override async Task<EngineHarness> StartAsync(params Rule[] rules)
    {
        await shared.Cluster.UseAsync(rules);
        var silo = shared.Cluster.Silos[1];
        return new ClusterHarness(shared.Cluster, shared.Cluster.ThrottleOf(silo), ThrottleCluster.RulesOf(silo));
    }
}
