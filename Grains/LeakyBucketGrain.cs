using Throttle.Grains.Interfaces;

namespace Throttle.Grains;

/// <inheritdoc cref="ILeakyBucketGrain"/>
[GrainType("throttle-leaky-bucket")]
internal sealed class LeakyBucketGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), ILeakyBucketGrain
{
    protected override BucketFamily Family => BucketFamily.LeakyBucket;
}
