using Throttle.Core.Limiters;

namespace Throttle.Core.Replication;

/// <summary>What is new in another's cumulative counts.</summary>
/// <param name="Consumed">Permits granted since, 0 or more.</param>
/// <param name="Returned">Permits given back since, 0 or more.</param>
internal readonly record struct ConsumptionChange(long Consumed, long Returned)
{
    /// <summary>What to charge a bucket for it, at most <see cref="Limits.MaxPermits"/> either way; below zero to give back.</summary>
    public long Charge => Math.Clamp(Consumed - Returned, -Limits.MaxPermits, Limits.MaxPermits);

    /// <summary>What to charge a bucket for another's count.</summary>
    /// <param name="entry">The count as it is now.</param>
    /// <param name="known">What was charged for already; null where nothing is known of the count.</param>
    /// <param name="hasFollowed">
    /// Whether a count of which nothing is known has begun since the other was last heard. Of any other one nobody can know how
    /// much was repaid; but no more can be owed than the other's bucket is short of.
    /// </param>
    public static long ChargeOf(in ReplicationEntry entry, (long Consumed, long Returned)? known, bool hasFollowed)
    {
        var (consumed, returned) = known ?? default;
        var charge = new ConsumptionChange(Math.Max(0, entry.Consumed - consumed), Math.Max(0, entry.Returned - returned)).Charge;
        return known is not null || hasFollowed ? charge : Math.Min(charge, entry.Outstanding);
    }
}
