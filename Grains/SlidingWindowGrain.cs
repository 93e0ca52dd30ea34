using Throttle.Grains.Interfaces;

namespace Throttle.Grains;

/// <inheritdoc cref="ISlidingWindowGrain"/>
[GrainType("throttle-sliding-window")]
internal sealed class SlidingWindowGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), ISlidingWindowGrain
{
    protected override BucketFamily Family => BucketFamily.SlidingWindow;
}
