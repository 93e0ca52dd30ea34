using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Inline;

/// <summary>The contract of inline limits, asked inside a silo.</summary>
public sealed class HostedInlineLimitsTests(SharedCluster shared) : InlineContract, IClassFixture<SharedCluster>
{
    protected override Task<InlineHarness> StartAsync() =>
        ExternalInlineLimitsTests.StartAsync(shared.Cluster, shared.Cluster.Silos[1].ServiceProvider);
}
