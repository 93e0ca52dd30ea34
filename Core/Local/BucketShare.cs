namespace Throttle.Core.Local;

/// <summary>The part of the room that one rule has, or all callers that name their own limits together.</summary>
/// <remarks>
/// A share gets another bucket while it has no more than would then be free. So the first share that fills up leaves half of the room,
/// the next one half of that, and another one always finds some. A share that is alone has all.
/// </remarks>
/// <param name="room">The room.</param>
/// <param name="onRefused">Hears each time that there was no room.</param>
internal sealed class BucketShare(BucketRoom room, Action onRefused)
{
    private long _count;
    private long _refused;

    public long Count => Volatile.Read(ref _count);

    /// <summary>How often there was no room for another bucket.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public bool TryAdd()
    {
        if (room.TryAdd(Count))
        {
            Interlocked.Increment(ref _count);
            return true;
        }

        return false;
    }

    /// <summary>A bucket was needed, and nothing could be forgotten for it.</summary>
    public void Refuse()
    {
        Interlocked.Increment(ref _refused);
        onRefused();
    }

    /// <summary>Counts a bucket that moves in from another store, whatever the maximum.</summary>
    public void Move()
    {
        room.Move();
        Interlocked.Increment(ref _count);
    }

    public void Remove(int buckets = 1)
    {
        Interlocked.Add(ref _count, -buckets);
        room.Remove(buckets);
    }
}
