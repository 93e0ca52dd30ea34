namespace Throttle.Grains.Interfaces;

/// <summary>
/// A leaky bucket: rules of the algorithms <c>leaky-bucket</c> and <c>queue</c>. Who waits is queued, and drained at the rule's rate.
/// A <c>queue</c> also takes work, and hands it to the silo's <see cref="Core.Queues.IWorkProcessor"/> at its turn.
/// </summary>
/// <remarks>
/// <para>Work is in storage before it is acknowledged, unless the rule's durability is memory. It is delivered in order, one at a
/// time, at least once: an id that is handed over again does nothing, but a crash may deliver again what it had delivered.</para>
/// <para>Calls about work may be repeated as they are.</para>
/// </remarks>
[Alias("throttle.ILeakyBucketGrain")]
public interface ILeakyBucketGrain : IBucketGrain
{
    /// <summary>Puts work in line.</summary>
    /// <param name="work">The work.</param>
    /// <param name="rulesVersion">The caller's rules; 0 when it knows none.</param>
    /// <param name="cancellationToken">Gives up; the work may have been taken.</param>
    /// <exception cref="ArgumentException">The work is out of range.</exception>
    [Alias("Enqueue")]
    ValueTask<WorkReply> EnqueueAsync(WorkWire work, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Takes an item out of the line; those behind it move up.</summary>
    [Alias("Cancel")]
    ValueTask<WorkReply> CancelAsync(string id, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Shows the queue.</summary>
    [Alias("InspectQueue")]
    ValueTask<QueueReply> InspectQueueAsync(long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Shows what failed for good, the oldest first.</summary>
    [Alias("ListFailed")]
    ValueTask<QueueReply> ListFailedAsync(long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Puts an item that failed for good at the end of the line.</summary>
    [Alias("PutBack")]
    ValueTask<WorkReply> PutBackAsync(string id, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Removes an item that failed for good.</summary>
    [Alias("RemoveFailed")]
    ValueTask<WorkReply> RemoveFailedAsync(string id, long rulesVersion = 0, CancellationToken cancellationToken = default);

    /// <summary>Has a queue that lost its silo go on. For silos.</summary>
    [Alias("Wake")]
    ValueTask<WorkReply> WakeAsync(long rulesVersion = 0, CancellationToken cancellationToken = default);
}
