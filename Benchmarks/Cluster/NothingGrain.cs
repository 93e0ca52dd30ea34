namespace Throttle.Benchmarks.Cluster;

/// <summary>An empty grain.</summary>
public sealed class NothingGrain : Grain, INothingGrain
{
    /// <inheritdoc/>
    public ValueTask<bool> DoAsync() => new(true);
}
