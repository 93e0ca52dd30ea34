namespace Throttle.Core.Replication;

/// <summary>Where a region takes what others tell it. Safe from any thread.</summary>
public interface IReplicationInbox
{
    /// <summary>The region's name.</summary>
    string Region { get; }

    /// <summary>Takes a page of another region.</summary>
    /// <returns>The version up to which everything of that region was heard now: where it is to go on.</returns>
    /// <exception cref="ReplicationException">The page cannot be taken; nothing has changed.</exception>
    ValueTask<ReplicationReceipt> ReceiveAsync(ReplicationPage page, CancellationToken cancellationToken);
}
