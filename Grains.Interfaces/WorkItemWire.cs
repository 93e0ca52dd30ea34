using Throttle.Core.Queues;

namespace Throttle.Grains.Interfaces;

/// <summary>Work that a queue holds, as it goes over the wire and into storage. Instants are ticks of the owner's clock (UTC).</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.WorkItemWire")]
public sealed record WorkItemWire
{
    /// <summary>The name its caller gave it.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>What the processor gets.</summary>
    [Id(1)]
    public byte[] Payload { get; init; } = [];

    /// <summary>What the payload is, or null.</summary>
    [Id(2)]
    public string? ContentType { get; init; }

    /// <summary>When it was handed over, or put back.</summary>
    [Id(3)]
    public long EnqueuedAtTicks { get; init; }

    /// <summary>The turn that its caller was told.</summary>
    [Id(4)]
    public long DueAtTicks { get; init; }

    /// <summary>How often its delivery was begun.</summary>
    [Id(5)]
    public int Attempts { get; init; }

    /// <summary>It is not tried again before this.</summary>
    [Id(6)]
    public long NotBeforeTicks { get; init; }

    /// <summary>Why the last attempt failed, or null.</summary>
    [Id(7)]
    public string? LastError { get; init; }

    /// <summary>When it failed for good; 0 while it has not.</summary>
    [Id(8)]
    public long FailedAtTicks { get; init; }

    /// <summary>The trace that it belongs to, or null.</summary>
    [Id(9)]
    public string? TraceParent { get; init; }

    /// <summary>The wire form.</summary>
    public static WorkItemWire From(WorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return new()
        {
            Id = item.Id,
            Payload = item.Payload.ToArray(),
            ContentType = item.ContentType,
            EnqueuedAtTicks = item.EnqueuedAt,
            DueAtTicks = item.DueAt,
            Attempts = item.Attempts,
            NotBeforeTicks = item.NotBefore,
            LastError = item.LastError,
            FailedAtTicks = item.FailedAt,
            TraceParent = item.TraceParent,
        };
    }

    /// <summary>The same as queues know it.</summary>
    public WorkItem ToItem() => new()
    {
        Id = Id,
        Payload = Payload,
        ContentType = ContentType,
        EnqueuedAt = EnqueuedAtTicks,
        DueAt = DueAtTicks,
        Attempts = Attempts,
        NotBefore = NotBeforeTicks,
        LastError = LastError,
        FailedAt = FailedAtTicks,
        TraceParent = TraceParent,
    };
}
