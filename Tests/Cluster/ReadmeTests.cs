using Microsoft.Extensions.Hosting;
using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Tests.Cluster.Harness;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster;

/// <summary>What the README shows is what compiles and runs.</summary>
public sealed class ReadmeTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private const string Source = "Tests/Cluster/ReadmeExamples.cs";

    [Fact]
    public async Task ClientExample_IsTheOneThatCompiles_AndRegistersAThrottle()
    {
        await Readme.IsCompiledAsync(2, Source);
        var builder = Host.CreateApplicationBuilder();
        ReadmeExamples.AddClient(builder);
        Assert.Contains(builder.Services, s => s.ServiceType == typeof(IThrottle));
        Assert.Contains(builder.Services, s => s.ServiceType == typeof(IRules));
    }

    [Fact]
    public async Task GrainExample_IsTheOneThatCompiles_AndRuns()
    {
        await Readme.IsCompiledAsync(3, Source);
        await shared.Cluster.UseAsync(LimitBy.TokenBucket("per-client", 20, "10/s", "user"));
        var reply = await ReadmeExamples.AskAsync(shared.Cluster.Client);
        Assert.Equal((true, 19L), (reply.IsAllowed, reply.Remaining));
    }
}
