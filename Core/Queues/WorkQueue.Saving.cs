using Throttle.Core.Limiters;

namespace Throttle.Core.Queues;

/// <content>Its way to storage and to other silos.</content>
public sealed partial class WorkQueue
{
    /// <summary>The queue that <see cref="Save"/> gave. What was being delivered then is first in line.</summary>
    /// <param name="spec">The present numbers.</param>
    /// <param name="saved">What was saved.</param>
    /// <param name="keepsTurns">Whether the bucket still knows of the turns that were given; where not, they are taken anew.</param>
    public static WorkQueue Restore(QueueSpec spec, SavedWork saved, bool keepsTurns)
    {
        ArgumentNullException.ThrowIfNull(saved);
        var queue = new WorkQueue(spec);
        foreach (var item in saved.Items)
        {
            queue._items.Add(item);
            queue.Bytes += item.Bytes;
            queue._known[item.Id] = item.Receipt;
        }

        foreach (var item in saved.Failed)
        {
            queue._failed.Add(item);
            queue.FailedBytes += item.Bytes;
            queue._known[item.Id] = item.Receipt;
        }

        foreach (var (receipt, endedAt) in saved.Ended)
        {
            queue._ended.Add(new(receipt.Id, endedAt));
            queue._known[receipt.Id] = receipt;
        }

        foreach (var turn in keepsTurns ? saved.Turns : [])
        {
            queue.AddTurn(new Grant(1, turn));
        }

        return queue;
    }

    /// <summary>Everything in it, what is being delivered included. It shares nothing that changes.</summary>
    public SavedWork Save() => new()
    {
        Items = List(_items, item => item),
        Turns = List(_turns, turn => turn.ValidAt),
        Failed = List(_failed, item => item),
        Ended = List(_ended, ended => (_known[ended.Id], ended.EndedAt)),
    };

    private static TResult[] List<T, TResult>(in Ring<T> ring, Func<T, TResult> select)
    {
        var list = new TResult[ring.Count];
        for (var i = 0; i < list.Length; i++)
        {
            list[i] = select(ring[i]);
        }

        return list;
    }
}
