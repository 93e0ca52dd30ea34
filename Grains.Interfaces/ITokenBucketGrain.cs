namespace Throttle.Grains.Interfaces;

/// <summary>A token bucket, also seen as GCRA: rules of the algorithms <c>token-bucket</c> and <c>gcra</c>.</summary>
[Alias("throttle.ITokenBucketGrain")]
public interface ITokenBucketGrain : IBucketGrain;
