namespace Throttle.Core.Queues;

/// <summary>The queues of work behind rules of the algorithm <c>queue</c>: in this process, or one grain each in a cluster.</summary>
/// <remarks>
/// A queue is named by its rule and its key; see <see cref="BucketKey"/>. It takes its turns from the rule's bucket of that key,
/// one each, together with those who wait and reserve by <see cref="IThrottle"/>.
/// </remarks>
/// <exception cref="WorkQueueException">The rule is gone, is no queue or is off, or has nobody to deliver to.</exception>
/// <exception cref="ArgumentException">The work, or an id, is out of range.</exception>
public interface IWorkQueues
{
    /// <summary>Puts work in line. It is delivered at its turn, at least once, after everything that came before it.</summary>
    ValueTask<WorkAnswer> EnqueueAsync(string ruleId, string key, Work work, CancellationToken cancellationToken = default);

    /// <summary>What a queue holds. One that nobody has used holds nothing.</summary>
    ValueTask<WorkStatus> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default);

    /// <summary>Takes one item out of the line; those behind it move up.</summary>
    ValueTask<WorkEdit> CancelAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default);

    /// <summary>What failed for good and is kept, the oldest first.</summary>
    ValueTask<IReadOnlyList<WorkItem>> ListFailedAsync(string ruleId, string key, CancellationToken cancellationToken = default);

    /// <summary>Puts an item that failed for good at the end of the line, as if it had never been tried.</summary>
    ValueTask<WorkEdit> PutBackAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default);

    /// <summary>Removes an item that failed for good.</summary>
    ValueTask<WorkEdit> RemoveFailedAsync(string ruleId, string key, string id, CancellationToken cancellationToken = default);
}
