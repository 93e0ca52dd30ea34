using System.Net;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Processes;

/// <summary>A silo as <c>./run</c> starts it, stopped as a user stops it.</summary>
public sealed class StopTests
{
    [UnixFact]
    public async Task Silo_KeepingEverythingInMemory_StopsWithoutAWordOfFailure()
    {
        var rules = Path.Combine(Repository.Root, "samples", "rules.yaml");
        await using var silo = new SiloProcess(redis: null, rules);
        await silo.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await silo.AcquireAsync("""{"path":"/api/x","user":"42"}"""));

        Assert.Equal(0, await silo.TerminateAsync());

        Assert.DoesNotContain("fail:", silo.Output, StringComparison.Ordinal);
        Assert.EndsWith("Stopped.", silo.Output.TrimEnd(), StringComparison.Ordinal);
    }
}
