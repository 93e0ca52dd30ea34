namespace Throttle.Tests.Cluster.Harness;

/// <summary>A cluster that the tests of a class use one after the other.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    private ThrottleCluster? _cluster;

    public ThrottleCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster has not started.");

    public async Task InitializeAsync() => _cluster = await ThrottleCluster.StartAsync(new() { Silos = 3 });

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}
