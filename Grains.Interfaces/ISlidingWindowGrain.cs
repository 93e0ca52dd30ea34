namespace Throttle.Grains.Interfaces;

/// <summary>Rules of the algorithm <c>sliding-window</c>.</summary>
[Alias("throttle.ISlidingWindowGrain")]
public interface ISlidingWindowGrain : IBucketGrain;
