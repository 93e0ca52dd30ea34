namespace Throttle.Core.Queues;

/// <summary>A queue of work as it is kept and moved. All instants are in ticks.</summary>
public sealed record SavedWork
{
    /// <summary>In line, in order.</summary>
    public IReadOnlyList<WorkItem> Items { get; init; } = [];

    /// <summary>Turns that they were given and have not used, in order.</summary>
    public IReadOnlyList<long> Turns { get; init; } = [];

    /// <summary>What failed for good, the oldest first.</summary>
    public IReadOnlyList<WorkItem> Failed { get; init; } = [];

    /// <summary>What is remembered of work that has ended, and when it ended, the oldest first.</summary>
    public IReadOnlyList<(WorkReceipt Receipt, long EndedAt)> Ended { get; init; } = [];
}
