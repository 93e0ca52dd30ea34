using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Throttle.Core.Replication;

/// <summary>
/// What was granted of every shared bucket, as a log by version: a change gets the next version, and takes the place of the
/// count's earlier one. Counting holds one count's lock for an addition; everything else is the exchange's.
/// </summary>
internal sealed class OwnCounts
{
    private const int MinCompacted = 1_000;

    // What is counted here has the place 0 of its bucket; what was counted elsewhere that of its id.
    private readonly ConcurrentDictionary<(string Rule, string Key, long Place), OwnCount> _counts = new();
    private readonly ConcurrentQueue<OwnCount> _changed = new();
    private readonly Lock _reading = new();
    private readonly List<(long Version, OwnCount Count)> _log = [];
    private long _version;
    private long _lastId = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & (long.MaxValue >> 1);

    /// <summary>Told, at most once until the log was read, that something has changed. It must not block.</summary>
    public Action? Changed { get; set; }

    /// <summary>How many counts are in it.</summary>
    public int Count => _counts.Count;

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
    /// <param name="rule">The rule.</param>
    /// <param name="key">The bucket.</param>
    /// <param name="consumed">Permits granted.</param>
    /// <param name="returned">Permits given back.</param>
    /// <param name="newAt">When the bucket will be as new, in ticks; 0 where the log is not told.</param>
    public void Add(string rule, string key, long consumed, long returned, long newAt = 0)
    {
        while (!TryAdd(_counts.GetOrAdd((rule, key, 0), static (k, log) => new(k.Rule, k.Key, log.NextId()), this), consumed, returned, newAt))
        {
            // It was dropped just now: the next one is new.
        }
    }

    /// <summary>What is counted here of a bucket, or null.</summary>
    public (long Id, long Consumed, long Returned)? Find(string rule, string key)
    {
        if (!_counts.TryGetValue((rule, key, 0), out var count))
        {
            return null;
        }

        lock (count)
        {
            return count.IsGone ? null : (count.Id, count.Consumed, count.Returned);
        }
    }

    /// <summary>Goes on with a count that was begun elsewhere: its bucket has come here. Nobody counts that bucket meanwhile.</summary>
    public void Adopt(string rule, string key, (long Id, long Consumed, long Returned) begun, long newAt)
    {
        var (id, consumed, returned) = begun;
        if (_counts.TryGetValue((rule, key, 0), out var before) && before.Id != id && _counts.TryRemove((rule, key, 0), out before))
        {
            // It is still to be told, in a place of its own.
            _counts.TryAdd((rule, key, before.Id), before);
        }

        Raise(_counts.GetOrAdd((rule, key, 0), static (k, i) => new(k.Rule, k.Key, i), id), consumed, returned, newAt);
    }

    /// <summary>Takes over what was counted elsewhere: the larger numbers count, so that nothing late or repeated does harm.</summary>
    /// <param name="entry">The count; it is older than this log where its start is 0.</param>
    public void Merge(in ReplicationEntry entry)
    {
        var isOlder = entry.Start == 0;
        while (!Raise(
            _counts.GetOrAdd((entry.Rule, entry.Key, entry.Count), static (k, older) => new(k.Rule, k.Key, k.Place) { IsOlder = older }, isOlder),
            entry.Consumed,
            entry.Returned,
            newAt: 0))
        {
            // It was dropped just now.
        }
    }

    /// <summary>A bucket was charged: it will be as new at another instant.</summary>
    public void Note(string rule, string key, long newAt)
    {
        if (_counts.TryGetValue((rule, key, 0), out var count))
        {
            lock (count)
            {
                count.NewAt = newAt;
            }
        }
    }

    /// <summary>When a bucket that is counted here will be as new, in ticks; 0 where nothing is counted.</summary>
    public long NewAtOf(string rule, string key) => _counts.TryGetValue((rule, key, 0), out var count) ? count.NewAt : 0;

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
    /// <param name="isNew">Whether a count's bucket is.</param>
    public void Sweep(Func<OwnCount, bool> isNew)
    {
        lock (_reading)
        {
            TakeChanges();
            foreach (var (place, count) in _counts)
            {
                // What is granted from here on is marked before it is looked at, or counted in a new one.
                if (!isNew(count))
                {
                    continue;
                }

                lock (count)
                {
                    count.IsGone = !count.IsDirty;
                    if (count.IsGone)
                    {
                        _counts.TryRemove(new(place, count));
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
            return new(count.Rule, count.Key, count.Id, count.Start, count.Version, count.Consumed, count.Returned, 0);
        }
    }

    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;

    private long NextId() => 1 + (Interlocked.Increment(ref _lastId) & (long.MaxValue >> 1));

    private bool TryAdd(OwnCount count, long consumed, long returned, long newAt)
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
            count.NewAt = newAt;
            return Mark(count);
        }
    }

    /// <returns>Whether the count is still in the log.</returns>
    private bool Raise(OwnCount count, long consumed, long returned, long newAt)
    {
        lock (count)
        {
            if (count.IsGone)
            {
                return false;
            }

            var isNew = count.Version == 0 && !count.IsDirty;
            var isRaised = consumed > count.Consumed || returned > count.Returned;
            (count.Consumed, count.Returned) = (Math.Max(count.Consumed, consumed), Math.Max(count.Returned, returned));
            count.NewAt = newAt;
            return (!isNew && !isRaised) || Mark(count);
        }
    }

    private bool Mark(OwnCount count)
    {
        if (!count.IsDirty)
        {
            count.IsDirty = true;
            _changed.Enqueue(count);
            Changed?.Invoke();
        }

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
                count.Start = count.Start == 0 && !count.IsOlder ? _version : count.Start;
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
