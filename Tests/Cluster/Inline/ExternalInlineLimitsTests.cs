using Microsoft.Extensions.DependencyInjection;
using Throttle.Core.Inline;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Inline;

/// <summary>The contract of inline limits, asked through a client outside the cluster.</summary>
public sealed class ExternalInlineLimitsTests(SharedCluster shared) : InlineContract, IClassFixture<SharedCluster>
{
    protected override Task<InlineHarness> StartAsync() => StartAsync(shared.Cluster, shared.Cluster.Client.ServiceProvider);

    internal static async Task<InlineHarness> StartAsync(ThrottleCluster cluster, IServiceProvider services)
    {
        await cluster.UseAsync();
        return new(services.GetRequiredService<IInlineLimits>(), cluster.AdvanceAsync, () => ValueTask.CompletedTask);
    }
}
