namespace Throttle.Grains.Interfaces;

/// <summary>Rules of the algorithm <c>concurrency</c>: permits are leases, to be renewed and returned.</summary>
[Alias("throttle.IConcurrencyGrain")]
public interface IConcurrencyGrain : IBucketGrain;
