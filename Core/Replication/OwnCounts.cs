using System.Collections.Concurrent;

namespace Throttle.Core.Replication;

/// <summary>
/// What this node has granted of every shared bucket, as a log by version: a change gets the next version, and takes the place
/// of the bucket's earlier one. Counting holds one bucket's lock for an addition; everything else is the exchange's.
/// </summary>
internal sealed class OwnCounts
{
    private const int MinCompacted = 1_000;
    private readonly ConcurrentDictionary<(string Rule, string Key), OwnCount> _counts = new();
    private readonly ConcurrentQueue<OwnCount> _changed = new();
    private readonly Lock _reading = new();
    private readonly List<(long Version, OwnCount Count)> _log = [];
    private long _version;

    /// <summary>Told, at most once until the log was read, that something has changed. It must not block.</summary>
    public Action? Changed { get; set; }

    /// <summary>How many buckets are in it.</summary>
    public int Count => _counts.Count;

    /// <summary>How many changes the log has not taken yet.</summary>
    public int ChangedCount => _changed.Count;

    /// <summary>The version of the last change that the log has taken.</summary>
    public long Version
    {
        get
        {
            lock (_reading)
            {
                TakeChanges();
                return _version;
            }
        }
    }

    /// <summary>Counts permits that were granted here, or given back.</summary>
    public void Add(string rule, string key, long consumed, long returned)
    {
        while (!TryAdd(_counts.GetOrAdd((rule, key), static k => new(k.Rule, k.Key)), consumed, returned))
        {
            // It was dropped just now: the next one is new.
        }
    }

    /// <summary>What has changed after a version, in order, as far as <paramref name="take"/> takes it.</summary>
    /// <param name="after">The version that the reader has.</param>
    /// <param name="take">Takes an entry without its outstanding permits, or ends the page.</param>
    /// <returns>The version that the reader has then, and whether there is nothing beyond.</returns>
    public (long Through, bool IsLast) Read(long after, Func<ReplicationEntry, bool> take)
    {
        lock (_reading)
        {
            TakeChanges();
            var through = after;
            for (var i = FirstAfter(after); i < _log.Count; i++)
            {
                var (version, count) = _log[i];
                if (count.Version != version || count.IsGone)
                {
                    continue;
                }

                if (!take(EntryOf(count)))
                {
                    return (through, false);
                }

                through = version;
            }

            return (Math.Max(after, _version), true);
        }
    }

    /// <summary>Drops the counts of buckets that are as new: they have been repaid, and need not be told any more.</summary>
    public void Sweep(Func<string, string, bool> isNew)
    {
        lock (_reading)
        {
            TakeChanges();
            foreach (var (place, count) in _counts)
            {
                // What is granted from here on is marked before it is looked at, or counted in a new one.
                if (!isNew(count.Rule, count.Key))
                {
                    continue;
                }

                lock (count)
                {
                    count.IsGone = !count.IsDirty;
                    if (count.IsGone)
                    {
                        _counts.TryRemove(place, out _);
                    }
                }
            }

            Compact();
        }
    }

    private static ReplicationEntry EntryOf(OwnCount count)
    {
        lock (count)
        {
            return new(count.Rule, count.Key, count.Start, count.Version, count.Consumed, count.Returned, 0);
        }
    }

    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;

    private bool TryAdd(OwnCount count, long consumed, long returned)
    {
        lock (count)
        {
            if (count.IsGone)
            {
                return false;
            }

            count.Consumed = Sum(count.Consumed, consumed);

            // Clients may give back what they never took; that is their bucket's business, and nobody else's.
            count.Returned = Math.Min(count.Consumed, Sum(count.Returned, returned));
            if (count.IsDirty)
            {
                return true;
            }

            count.IsDirty = true;
        }

        _changed.Enqueue(count);
        Changed?.Invoke();
        return true;
    }

    private void TakeChanges()
    {
        // Not those that come meanwhile: under load there would be no end.
        for (var left = _changed.Count; left > 0 && _changed.TryDequeue(out var count); left--)
        {
            lock (count)
            {
                count.IsDirty = false;
                count.Version = ++_version;
                count.Start = count.Start == 0 ? _version : count.Start;
            }

            _log.Add((_version, count));
        }

        if (_log.Count > MinCompacted && _log.Count > _counts.Count * 2)
        {
            Compact();
        }
    }

    private void Compact() => _log.RemoveAll(item => item.Count.IsGone || item.Count.Version != item.Version);

    private int FirstAfter(long after)
    {
        var (low, high) = (0, _log.Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = _log[middle].Version > after ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
