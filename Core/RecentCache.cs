using System.Collections.Concurrent;

namespace Throttle.Core;

/// <summary>Remembers values that were asked for lately, a bounded number of them. Safe from any number of threads.</summary>
/// <remarks>
/// There are two generations: a value that is used moves to the young one, and when that holds half of the maximum, it
/// becomes the old one and the old one is forgotten. So what is used often stays, without a list to keep in order.
/// </remarks>
internal sealed class RecentCache<TKey, TValue>(int maxCount)
    where TKey : notnull
    where TValue : class
{
    private readonly int _maxYoung = Math.Max(1, maxCount / 2);
    private readonly Lock _gate = new();
    private volatile ConcurrentDictionary<TKey, TValue> _young = new();
    private volatile ConcurrentDictionary<TKey, TValue> _old = new();
    private int _youngCount;

    /// <summary>How many are remembered.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>The value of a key; null where it is not remembered.</summary>
    public TValue? Find(in TKey key)
    {
        if (_young.TryGetValue(key, out var value))
        {
            return value;
        }

        return _old.TryGetValue(key, out value) ? Add(key, value) : null;
    }

    /// <summary>Remembers a value.</summary>
    /// <returns>The value, or the one that another thread has added meanwhile.</returns>
    public TValue Add(in TKey key, TValue value)
    {
        lock (_gate)
        {
            if (_youngCount >= _maxYoung)
            {
                (_old, _young, _youngCount) = (_young, new(), 0);
            }

            if (_young.TryAdd(key, value))
            {
                _youngCount++;
                return value;
            }

            return _young[key];
        }
    }
}
