using Throttle.Core.Time;

namespace Throttle.Core.Queues;

/// <summary>Work that a queue holds, in line or failed for good. All instants are in ticks.</summary>
public sealed record WorkItem
{
    // What an item costs besides its texts and its payload, roughly: numbers, references, their names in storage.
    private const int Overhead = 64;

    /// <summary>The name its caller gave it.</summary>
    public required string Id { get; init; }

    /// <summary>What the processor gets.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>What the payload is, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>The trace that it belongs to, or null.</summary>
    public string? TraceParent { get; init; }

    /// <summary>When it was handed over, or put back.</summary>
    public long EnqueuedAt { get; init; }

    /// <summary>The turn that its caller was told.</summary>
    public long DueAt { get; init; }

    /// <summary>How often its delivery was begun.</summary>
    public int Attempts { get; init; }

    /// <summary>It is not tried again before this; 0 where nothing stands in the way.</summary>
    public long NotBefore { get; init; }

    /// <summary>Why the last attempt failed, or null.</summary>
    public string? LastError { get; init; }

    /// <summary>When it failed for good; 0 while it has not.</summary>
    public long FailedAt { get; init; }

    /// <summary>What it counts for in <see cref="WorkLimits.MaxBytes"/>.</summary>
    public int Bytes => Overhead + Id.Length + Payload.Length + (ContentType?.Length ?? 0) + (TraceParent?.Length ?? 0) + (LastError?.Length ?? 0);

    internal WorkReceipt Receipt => new(Id, EnqueuedAt, DueAt);

    /// <summary>The last instant of a turn that it may still be delivered at.</summary>
    internal long LatestTurn(long? maxAgeTicks) => maxAgeTicks is { } age ? Ticks.Add(EnqueuedAt, age) : Ticks.Never;
}
