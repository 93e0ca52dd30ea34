using Throttle.Grains.Interfaces;

namespace Throttle.Grains;

/// <inheritdoc cref="ISpacingGrain"/>
[GrainType("throttle-spacing")]
internal sealed class SpacingGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), ISpacingGrain
{
    protected override BucketFamily Family => BucketFamily.Spacing;
}
