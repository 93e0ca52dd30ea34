using Throttle.Core.Queues;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Queues;

/// <summary>A queue of work in storage, or on its way to another silo.</summary>
[GenerateSerializer]
[Alias("throttle.WorkRecord")]
public sealed class WorkRecord
{
    /// <summary>In line, in order.</summary>
    [Id(0)]
    public WorkItemWire[] Items { get; set; } = [];

    /// <summary>Turns that they were given and have not used, in ticks.</summary>
    [Id(1)]
    public long[] Turns { get; set; } = [];

    /// <summary>What failed for good, the oldest first.</summary>
    [Id(2)]
    public WorkItemWire[] Failed { get; set; } = [];

    /// <summary>Ids of work that has ended, the oldest first.</summary>
    [Id(3)]
    public EndedWorkWire[] Ended { get; set; } = [];

    /// <summary>Another one in each record that is written.</summary>
    [Id(4)]
    public Guid Stamp { get; set; }

    /// <summary>The record of a queue.</summary>
    public static WorkRecord From(SavedWork saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        return new()
        {
            Items = [.. saved.Items.Select(WorkItemWire.From)],
            Turns = [.. saved.Turns],
            Failed = [.. saved.Failed.Select(WorkItemWire.From)],
            Ended = [.. saved.Ended.Select(e => new EndedWorkWire(e.Receipt.Id, e.Receipt.EnqueuedAt, e.Receipt.DueAt, e.EndedAt))],
            Stamp = Guid.NewGuid(),
        };
    }

    /// <summary>The queue.</summary>
    public SavedWork ToSaved() => new()
    {
        Items = [.. Items.Select(i => i.ToItem())],
        Turns = Turns,
        Failed = [.. Failed.Select(i => i.ToItem())],
        Ended = [.. Ended.Select(e => (new WorkReceipt(e.Id, e.EnqueuedAtTicks, e.DueAtTicks), e.EndedAtTicks))],
    };
}
