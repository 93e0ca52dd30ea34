namespace Throttle.Core.Replication;

/// <summary>How far another node's pages were heard. For one caller at a time.</summary>
internal sealed class PeerLog(long incarnation)
{
    private readonly Queue<long> _ended = new();
    private long _incarnation = incarnation;

    // Nothing was heard of it before, so that its counts may be older than this node.
    private bool _isNewcomer = true;

    /// <summary>The version up to which everything was heard.</summary>
    public long Through { get; private set; }

    /// <summary>Hears a page. One that begins beyond what was heard is left alone.</summary>
    /// <param name="page">The page.</param>
    /// <param name="take">Takes what is new, and whether a count of which nothing is known was followed from its beginning.</param>
    /// <returns>How many entries were new.</returns>
    /// <exception cref="ReplicationException">It is of a run of the node that another has replaced.</exception>
    public int Hear(ReplicationPage page, Action<ReplicationEntry, bool> take)
    {
        Follow(page);
        if (page.After > Through)
        {
            return 0;
        }

        var (before, news) = (Through, 0);
        foreach (var entry in page.Entries)
        {
            if (entry.Version > before)
            {
                news++;
                take(entry, !_isNewcomer && entry.Start > before);
            }
        }

        Through = Math.Max(Through, page.Through);
        _isNewcomer &= !page.IsLast;
        return news;
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

        // A new run has versions of its own. What the old one has counted is known by its counts.
        _ended.Enqueue(_incarnation);
        if (_ended.Count > ReplicationLimits.MaxEnded)
        {
            _ended.Dequeue();
        }

        (_incarnation, Through, _isNewcomer) = (page.Incarnation, 0, false);
    }
}
