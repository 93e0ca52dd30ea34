namespace Throttle.Core.Local;

/// <summary>How many buckets there are, and how many there may be.</summary>
/// <param name="max">The most.</param>
/// <param name="onAdded">Hears of each that is added.</param>
internal sealed class BucketRoom(long max, Action onAdded)
{
    private long _count;
    private volatile int _rules;
    private volatile bool _isShared;

    public long Count => Volatile.Read(ref _count);

    public long Max => max;

    /// <summary>How many rules have a share.</summary>
    public int Rules
    {
        get => _rules;
        set => _rules = value;
    }

    /// <summary>Whether callers that name their own limits have a share, too: from their first call on.</summary>
    public bool IsShared
    {
        get => _isShared;
        set => _isShared = value;
    }

    private bool IsOneAlone => _rules + (_isShared ? 1 : 0) <= 1;

    /// <summary>Counts a bucket in, where its share has room.</summary>
    /// <param name="own">How many buckets its share has already.</param>
    public bool TryAdd(long own)
    {
        var count = Interlocked.Increment(ref _count);
        if (count > max || (own > max - count && !IsOneAlone))
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        onAdded();
        return true;
    }

    /// <summary>Counts a bucket that moves in from another store, whatever the maximum.</summary>
    public void Move() => Interlocked.Increment(ref _count);

    public void Remove(int buckets) => Interlocked.Add(ref _count, -buckets);
}
