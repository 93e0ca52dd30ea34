namespace Throttle.Benchmarks.Cluster;

/// <summary>The ceiling: a call to it costs what any call to a grain costs.</summary>
[Alias("throttle.benchmarks.INothingGrain")]
public interface INothingGrain : IGrainWithStringKey
{
    /// <summary>Does nothing.</summary>
    [Alias("Do")]
    ValueTask<bool> DoAsync();
}
