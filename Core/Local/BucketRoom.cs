namespace Throttle.Core.Local;

/// <summary>How many buckets there are, and how many there may be.</summary>
/// <param name="max">The most.</param>
/// <param name="onAdded">Hears of each that is added.</param>
/// <param name="within">The room that this one is a part of, or null.</param>
internal sealed class BucketRoom(long max, Action onAdded, BucketRoom? within = null)
{
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public long Max => max;

    public bool TryAdd()
    {
        if (Interlocked.Increment(ref _count) > max || within?.TryAdd() == false)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        onAdded();
        return true;
    }

    /// <summary>Counts a bucket that moves in from another store, whatever the maximum.</summary>
    public void Move() => Interlocked.Increment(ref _count);

    public void Remove(int buckets = 1)
    {
        Interlocked.Add(ref _count, -buckets);
        within?.Remove(buckets);
    }
}
