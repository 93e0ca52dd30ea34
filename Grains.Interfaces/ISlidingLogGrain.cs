namespace Throttle.Grains.Interfaces;

/// <summary>Rules of the algorithm <c>sliding-log</c>.</summary>
[Alias("throttle.ISlidingLogGrain")]
public interface ISlidingLogGrain : IBucketGrain;
