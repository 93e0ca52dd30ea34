namespace Throttle.Core.Replication;

/// <summary>What one other node has granted, as far as it was heard of. For one caller at a time.</summary>
internal sealed class PeerCounts(long incarnation)
{
    private readonly PeerLog _log = new(incarnation);
    private readonly Dictionary<(string Rule, string Key, long Count), (long Consumed, long Returned)> _known = [];

    /// <summary>The version up to which everything was heard.</summary>
    public long Through => _log.Through;

    /// <summary>How many counts are remembered.</summary>
    public int Count => _known.Count;

    /// <summary>Takes a page: each bucket is charged for what is new. A page that begins beyond what was heard is left alone.</summary>
    /// <param name="page">The page.</param>
    /// <param name="buckets">What is charged.</param>
    /// <returns>How many entries were new, and how many of them met no such rule, or no room.</returns>
    /// <exception cref="ReplicationException">It is of a run of the region that another has replaced.</exception>
    public (int New, int Unused) Take(ReplicationPage page, ISharedBuckets buckets)
    {
        var unused = 0;
        var news = _log.Hear(page, (entry, hasFollowed) => unused += Charge(entry, hasFollowed, buckets) ? 0 : 1);
        return (news, unused);
    }

    /// <summary>Forgets buckets that are as new.</summary>
    public void Sweep(Func<string, string, bool> isNew)
    {
        foreach (var place in _known.Keys.Where(place => isNew(place.Rule, place.Key)).ToArray())
        {
            _known.Remove(place);
        }
    }

    private bool Charge(in ReplicationEntry entry, bool hasFollowed, ISharedBuckets buckets)
    {
        var place = (entry.Rule, entry.Key, entry.Count);
        var charge = ConsumptionChange.ChargeOf(entry, _known.TryGetValue(place, out var known) ? known : null, hasFollowed);
        if (charge != 0 && !buckets.Charge(entry.Rule, entry.Key, charge))
        {
            return false;
        }

        _known[place] = (Math.Max(known.Consumed, entry.Consumed), Math.Max(known.Returned, entry.Returned));
        return true;
    }
}
