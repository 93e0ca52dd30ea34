using Throttle.Grains.Interfaces;

namespace Throttle.Grains;

/// <inheritdoc cref="ISlidingLogGrain"/>
[GrainType("throttle-sliding-log")]
internal sealed class SlidingLogGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), ISlidingLogGrain
{
    protected override BucketFamily Family => BucketFamily.SlidingLog;
}
