using Throttle.Grains.Interfaces;

namespace Throttle.Grains;

/// <inheritdoc cref="ITokenBucketGrain"/>
[GrainType("throttle-token-bucket")]
internal sealed class TokenBucketGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), ITokenBucketGrain
{
    protected override BucketFamily Family => BucketFamily.TokenBucket;

    public ValueTask<long?> ChargeAsync(ChargeWire[] charges, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(charges);
        return ChargeWhenReadyAsync(charges, rulesVersion, cancellationToken);
    }
}
