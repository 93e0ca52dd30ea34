namespace Throttle.Grains.Interfaces;

/// <summary>Rules of the algorithm <c>spacing</c>.</summary>
[Alias("throttle.ISpacingGrain")]
public interface ISpacingGrain : IBucketGrain;
