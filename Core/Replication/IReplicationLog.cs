namespace Throttle.Core.Replication;

/// <summary>What a region has granted, in pages for its peers. Safe from any thread.</summary>
public interface IReplicationLog
{
    /// <summary>The region's name.</summary>
    string Region { get; }

    /// <summary>Tells this run of the log from every other one.</summary>
    long Incarnation { get; }

    /// <summary>The version of the last change; whoever has less has something to hear.</summary>
    long Version { get; }

    /// <summary>How many counts there are to tell of.</summary>
    int OwnCount { get; }

    /// <summary>Called when something has changed, by the thread that counts it: it must not block. It comes once for each count until a page is read.</summary>
    Action? Changed { get; set; }

    /// <summary>What to tell somebody who knows everything up to a version of this run.</summary>
    /// <param name="after">That version; 0 for somebody who knows nothing.</param>
    /// <param name="maxEntries">The most entries, 1 to <see cref="ReplicationLimits.MaxEntries"/>.</param>
    /// <param name="maxKeyLength">The most characters of all keys together; there is at least one entry all the same.</param>
    ReplicationPage ReadPage(long after, int maxEntries = ReplicationLimits.MaxEntries, int maxKeyLength = int.MaxValue);

    /// <summary>Forgets what has been repaid. To be called now and then, such as each minute.</summary>
    void Sweep();
}
