namespace Throttle.Core.Replication;

/// <summary>
/// What other regions have granted of one bucket, as far as the bucket was charged for it: so that it is charged for nothing
/// twice, whoever tells it, and however often. For one caller at a time; it goes wherever the bucket goes.
/// </summary>
internal sealed class HeardCounts
{
    /// <summary>The most counts that are remembered; what was not heard for longest is forgotten first.</summary>
    public const int MaxCounts = 256;

    private readonly List<(string Region, long Count, long Consumed, long Returned)> _heard = [];

    /// <summary>All of them, what was not heard for longest first.</summary>
    public IReadOnlyList<(string Region, long Count, long Consumed, long Returned)> All => _heard;

    /// <summary>Remembers what was remembered elsewhere.</summary>
    public void Add(string region, long count, long consumed, long returned) => _heard.Add((region, count, consumed, returned));

    /// <summary>Hears a count.</summary>
    /// <param name="region">Whose.</param>
    /// <param name="entry">The count as it is now, or as it was.</param>
    /// <param name="hasFollowed">See <see cref="ConsumptionChange.ChargeOf"/>.</param>
    /// <param name="presumed">
    /// Permits that the bucket is short of because it is presumed to have granted them: what an unknown count is charged for
    /// is then only what goes beyond them. 0 for a bucket whose past is known.
    /// </param>
    /// <returns>What to charge the bucket for it; below zero to give back.</returns>
    public long Hear(string region, in ReplicationEntry entry, bool hasFollowed, long presumed)
    {
        var (count, given) = (entry.Count, region);
        var place = _heard.FindIndex(heard => heard.Count == count && string.Equals(heard.Region, given, StringComparison.Ordinal));
        if (place >= 0)
        {
            var known = _heard[place];
            _heard.RemoveAt(place);
            Add(region, count, Math.Max(known.Consumed, entry.Consumed), Math.Max(known.Returned, entry.Returned));
            return ConsumptionChange.ChargeOf(entry, (known.Consumed, known.Returned), hasFollowed);
        }

        if (_heard.Count == MaxCounts)
        {
            _heard.RemoveAt(0);
        }

        Add(region, entry.Count, entry.Consumed, entry.Returned);
        var charge = ConsumptionChange.ChargeOf(entry, null, hasFollowed);
        return hasFollowed || presumed == 0 ? charge : Math.Min(charge, Math.Max(0, entry.Outstanding - presumed));
    }
}
