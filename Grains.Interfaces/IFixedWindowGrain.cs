namespace Throttle.Grains.Interfaces;

/// <summary>Rules of the algorithm <c>fixed-window</c>.</summary>
[Alias("throttle.IFixedWindowGrain")]
public interface IFixedWindowGrain : IBucketGrain;
