using Throttle.Core.Limiters;

namespace Throttle.Grains.Interfaces;

/// <summary>What a bucket granted: enough to give it back. Instants are ticks of the owner's clock, UTC.</summary>
/// <param name="Permits">Permits taken, 0 or more.</param>
/// <param name="ValidAt">The instant from which they may be used.</param>
/// <param name="ExpiresAt">The instant after which they may not.</param>
/// <param name="LeaseId">The lease that holds them, or <see cref="Guid.Empty"/>.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.BucketGrant")]
public readonly record struct BucketGrant(
    [property: Id(0)] long Permits,
    [property: Id(1)] long ValidAt,
    [property: Id(2)] long ExpiresAt,
    [property: Id(3)] Guid LeaseId)
{
    /// <summary>The grant as it goes over the wire.</summary>
    public static BucketGrant From(in Grant grant) => new(grant.Permits, grant.ValidAt, grant.ExpiresAt, grant.LeaseId);

    /// <summary>The grant as limiters know it.</summary>
    public Grant ToGrant() => new(Permits, ValidAt, ExpiresAt, LeaseId);
}
