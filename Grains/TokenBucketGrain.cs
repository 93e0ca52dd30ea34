using Throttle.Core.Limiters;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains;

/// <inheritdoc cref="ITokenBucketGrain"/>
[GrainType("throttle-token-bucket")]
internal sealed partial class TokenBucketGrain(IGrainContext grainContext, BucketContext context)
    : BucketGrain(grainContext, context), ITokenBucketGrain
{
    public ValueTask<long?> ChargeAsync(ChargeWire[] charges, long rulesVersion = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(charges);
        return ChargeWhenReadyAsync(charges, rulesVersion, cancellationToken);
    }

    protected override bool Serves(LimiterSpec limit) => limit is not QueueSpec || BucketGrainKey.IsInline(GrainKey);
}
