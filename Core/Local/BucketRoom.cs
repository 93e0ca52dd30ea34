using System.Globalization;

namespace Throttle.Core.Local;

/// <summary>How many buckets there are in a process, and how many there may be.</summary>
internal sealed class BucketRoom(long max, Action onAdded)
{
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public string FullMessage => string.Create(
        CultureInfo.InvariantCulture, $"All {max} buckets hold debts that must be kept; raise the maximum or wait until some are as new.");

    public bool TryAdd()
    {
        if (Interlocked.Increment(ref _count) > max)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        onAdded();
        return true;
    }

    /// <summary>Counts a bucket that moves in from another store, whatever the maximum.</summary>
    public void Move() => Interlocked.Increment(ref _count);

    public void Remove(int buckets = 1) => Interlocked.Add(ref _count, -buckets);
}
