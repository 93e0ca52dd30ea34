namespace Throttle.Grains.Interfaces;

/// <summary>A leaky bucket: rules of the algorithm <c>leaky-bucket</c>. Who waits is queued, and drained at the rule's rate.</summary>
[Alias("throttle.ILeakyBucketGrain")]
public interface ILeakyBucketGrain : IBucketGrain;
