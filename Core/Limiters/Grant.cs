namespace Throttle.Core.Limiters;

/// <summary>What an allowed call was given: enough to give it back.</summary>
/// <param name="Permits">Permits taken, 0 or more.</param>
/// <param name="ValidAt">The instant from which they may be used, in ticks.</param>
/// <param name="ExpiresAt">The instant after which they may not, in ticks; <see cref="Time.Ticks.Never"/> where they keep.</param>
/// <param name="LeaseId">The lease that holds them, or <see cref="Guid.Empty"/> where there is none.</param>
public readonly record struct Grant(long Permits, long ValidAt, long ExpiresAt = Time.Ticks.Never, Guid LeaseId = default)
{
    /// <summary>Whether the permits were left unused too long. Exactly at <see cref="ExpiresAt"/> they are still good.</summary>
    public bool IsExpired(long now) => now > ExpiresAt;
}
