using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Engine;

/// <summary>What every engine must do, asked through a client outside the cluster.</summary>
public sealed class ExternalClientEngineTests(SharedCluster shared) : EngineContract, IClassFixture<SharedCluster>
{
    protected override async Task<EngineHarness> StartAsync(params Rule[] rules)
    {
        await shared.Cluster.UseAsync(rules);
        return new ClusterHarness(shared.Cluster, shared.Cluster.Throttle, shared.Cluster.Rules);
    }
}
