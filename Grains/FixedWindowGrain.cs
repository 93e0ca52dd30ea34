using Throttle.Grains.Interfaces;

namespace Throttle.Grains;

/// <inheritdoc cref="IFixedWindowGrain"/>
[GrainType("throttle-fixed-window")]
internal sealed class FixedWindowGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), IFixedWindowGrain
{
    protected override BucketFamily Family => BucketFamily.FixedWindow;
}
