namespace Throttle.Core.Queues;

/// <summary>What happened to items of work since somebody last looked.</summary>
public record struct WorkCounts
{
    /// <summary>Accepted, or put back.</summary>
    public int Queued { get; set; }

    /// <summary>Refused, because the line was full. Nothing of the queue changes by it.</summary>
    public int Refused { get; set; }

    /// <summary>Delivered.</summary>
    public int Delivered { get; set; }

    /// <summary>To be tried again after a failure.</summary>
    public int Retried { get; set; }

    /// <summary>Dropped because they were too old.</summary>
    public int Expired { get; set; }

    /// <summary>Failed for good.</summary>
    public int Failed { get; set; }

    /// <summary>Taken out by somebody.</summary>
    public int Cancelled { get; set; }

    /// <summary>Failed for good, and dropped since to make room for others that did.</summary>
    public int Dropped { get; set; }

    /// <summary>Whether nothing happened.</summary>
    public readonly bool IsEmpty => this == default;

    /// <summary>Whether the queue is what it was: nothing happened but refusals.</summary>
    public readonly bool ChangesNothing => (this with { Refused = 0 }).IsEmpty;
}
