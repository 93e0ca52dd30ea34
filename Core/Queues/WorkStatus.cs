namespace Throttle.Core.Queues;

/// <summary>One key's queue of work, as it is now.</summary>
public readonly record struct WorkStatus
{
    /// <summary>Items in line, the one that is being delivered included.</summary>
    public int Length { get; init; }

    /// <summary>What they count for in <see cref="WorkLimits.MaxBytes"/>.</summary>
    public long Bytes { get; init; }

    /// <summary>How long the first one has been in line, in ticks; 0 when there is none.</summary>
    public long HeadAgeTicks { get; init; }

    /// <summary>The first one's id; null when there is none.</summary>
    public string? HeadId { get; init; }

    /// <summary>How often the first one was tried.</summary>
    public int HeadAttempts { get; init; }

    /// <summary>Why its last attempt failed, or null.</summary>
    public string? HeadError { get; init; }

    /// <summary>Whether the first one is being delivered.</summary>
    public bool IsDelivering { get; init; }

    /// <summary>Ticks until the next delivery is due; null when nothing waits, or the one under way decides.</summary>
    public long? NextTurnTicks { get; init; }

    /// <summary>Items that failed for good and are kept.</summary>
    public int Failed { get; init; }
}
