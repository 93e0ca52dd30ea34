using Throttle.Grains.Interfaces;

namespace Throttle.Grains;

/// <inheritdoc cref="ITokenBucketGrain"/>
[GrainType("throttle-token-bucket")]
internal sealed class TokenBucketGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), ITokenBucketGrain
{
    protected override BucketFamily Family => BucketFamily.TokenBucket;
}
