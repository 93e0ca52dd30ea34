namespace Throttle.Core.Queues;

/// <content>What failed for good.</content>
public sealed partial class WorkQueue
{
    /// <summary>What failed for good and is kept, the oldest first.</summary>
    public IReadOnlyList<WorkItem> ListFailed()
    {
        var list = new WorkItem[_failed.Count];
        for (var i = 0; i < list.Length; i++)
        {
            list[i] = _failed[i];
        }

        return list;
    }

    /// <summary>Puts an item that failed for good at the end of the line, as if it had never been tried.</summary>
    public WorkEdit PutBack(string id, ITurns turns, long now)
    {
        ArgumentNullException.ThrowIfNull(turns);
        var place = FailedPlace(id);
        if (place < 0)
        {
            return WorkEdit.Unknown;
        }

        var again = _failed[place] with { EnqueuedAt = now, Attempts = 0, FailedAt = 0, LastError = null };
        if (Join(again, turns, now, out _) is null)
        {
            return WorkEdit.Full;
        }

        RemoveFailedAt(place);
        return WorkEdit.Done;
    }

    /// <summary>Removes an item that failed for good.</summary>
    public WorkEdit RemoveFailed(string id, long now)
    {
        var place = FailedPlace(id);
        if (place < 0)
        {
            return WorkEdit.Unknown;
        }

        RemoveFailedAt(place);
        Remember(id, now);
        _counts.Cancelled++;
        return WorkEdit.Done;
    }

    private int FailedPlace(string id) => _failed.FindIndex(item => string.Equals(item.Id, id, StringComparison.Ordinal));

    private void RemoveFailedAt(int place)
    {
        FailedBytes -= _failed[place].Bytes;
        _failed.RemoveAt(place);
    }

    private void Keep(WorkItem failed, long now)
    {
        _failed.Add(failed);
        FailedBytes += failed.Bytes;
        while (_failed.Count > WorkLimits.MaxFailed || FailedBytes > WorkLimits.MaxFailedBytes)
        {
            var oldest = _failed[0].Id;
            RemoveFailedAt(0);
            Remember(oldest, now);
            _counts.Dropped++;
        }
    }
}
