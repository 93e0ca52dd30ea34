using Throttle.Grains.Interfaces;

namespace Throttle.Grains;

/// <inheritdoc cref="IConcurrencyGrain"/>
[GrainType("throttle-concurrency")]
internal sealed class ConcurrencyGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), IConcurrencyGrain
{
    protected override BucketFamily Family => BucketFamily.Concurrency;
}
