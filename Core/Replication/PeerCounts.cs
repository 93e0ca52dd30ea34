namespace Throttle.Core.Replication;

/// <summary>What one other node has granted, as far as it was heard of. For one caller at a time.</summary>
internal sealed class PeerCounts
{
    private readonly Dictionary<(string Rule, string Key), (long Start, long Consumed, long Returned)> _known = [];
    private readonly Queue<long> _ended = new();
    private long _incarnation;

    // Nothing was heard of this region before, so that its counts may be older than this node.
    private bool _isNewcomer = true;

    public PeerCounts(long incarnation) => _incarnation = incarnation;

    /// <summary>The version up to which everything was heard.</summary>
    public long Through { get; private set; }

    /// <summary>How many buckets are remembered.</summary>
    public int Count => _known.Count;

    /// <summary>Takes a page: each bucket is charged for what is new. A page that begins beyond what was heard is left alone.</summary>
    /// <param name="page">The page.</param>
    /// <param name="buckets">What is charged.</param>
    /// <returns>How many entries were new, and how many of them met no such rule, or no room.</returns>
    /// <exception cref="ReplicationException">It is of a run of the region that another has replaced.</exception>
    public (int New, int Unused) Take(ReplicationPage page, ISharedBuckets buckets)
    {
        Follow(page);
        if (page.After > Through)
        {
            return default;
        }

        var (before, news, unused) = (Through, 0, 0);
        foreach (var entry in page.Entries.Where(entry => entry.Version > before))
        {
            news++;
            unused += Charge(entry, before, buckets) ? 0 : 1;
        }

        Through = Math.Max(Through, page.Through);
        _isNewcomer &= !page.IsLast;
        return (news, unused);
    }

    /// <summary>Forgets buckets that are as new.</summary>
    public void Sweep(Func<string, string, bool> isNew)
    {
        foreach (var (rule, key) in _known.Keys.Where(place => isNew(place.Rule, place.Key)).ToArray())
        {
            _known.Remove((rule, key));
        }
    }

    private void Follow(ReplicationPage page)
    {
        if (page.Incarnation == _incarnation)
        {
            return;
        }

        if (_ended.Contains(page.Incarnation))
        {
            throw new ReplicationException(
                $"The region '{page.Region}' has begun anew since this was sent. If that happens again, two nodes go by that name; give each one of its own.");
        }

        // A new run counts from zero, in slots of its own. What the old one had counted is charged already.
        _ended.Enqueue(_incarnation);
        if (_ended.Count > ReplicationLimits.MaxEnded)
        {
            _ended.Dequeue();
        }

        (_incarnation, Through, _isNewcomer) = (page.Incarnation, 0, false);
        _known.Clear();
    }

    private bool Charge(in ReplicationEntry entry, long before, ISharedBuckets buckets)
    {
        var place = (entry.Rule, entry.Key);
        var isKnown = _known.TryGetValue(place, out var known) && known.Start == entry.Start;
        var change = isKnown
            ? new ConsumptionChange(Math.Max(0, entry.Consumed - known.Consumed), Math.Max(0, entry.Returned - known.Returned)).Charge
            : new ConsumptionChange(entry.Consumed, entry.Returned).Charge;

        // Who has not followed a count from its start, because it was not there or has forgotten it, cannot know how much of it
        // was repaid; but no more can be owed than the other's bucket is short of.
        var hasFollowed = isKnown || (!_isNewcomer && entry.Start > before);
        change = hasFollowed ? change : Math.Min(change, entry.Outstanding);
        if (change != 0 && !buckets.Charge(entry.Rule, entry.Key, change))
        {
            return false;
        }

        _known[place] = (entry.Start, entry.Consumed, entry.Returned);
        return true;
    }
}
