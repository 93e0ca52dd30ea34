using Throttle.Core.Limiters;

namespace Throttle.Core.Replication;

/// <summary>What is new in another's cumulative counts.</summary>
/// <param name="Consumed">Permits granted since, 0 or more.</param>
/// <param name="Returned">Permits given back since, 0 or more.</param>
internal readonly record struct ConsumptionChange(long Consumed, long Returned)
{
    /// <summary>What to charge a bucket for it, at most <see cref="Limits.MaxPermits"/> either way; below zero to give back.</summary>
    public long Charge => Math.Clamp(Consumed - Returned, -Limits.MaxPermits, Limits.MaxPermits);
}
