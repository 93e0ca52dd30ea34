namespace Throttle.Grains.Interfaces;

/// <summary>What became of a call about queued work.</summary>
[GenerateSerializer]
[Alias("throttle.WorkOutcome")]
public enum WorkOutcome
{
    /// <summary>The work is in line.</summary>
    Queued = 0,

    /// <summary>Its id was known: the first answer stands.</summary>
    Known = 1,

    /// <summary>There is no room.</summary>
    Full = 2,

    /// <summary>No answer could be had; a new item may have been kept.</summary>
    Failed = 3,

    /// <summary>What was asked for was done.</summary>
    Done = 4,

    /// <summary>There is no such item.</summary>
    Unknown = 5,

    /// <summary>The item is being delivered.</summary>
    BeingDelivered = 6,

    /// <summary>The caller's rules are not those in force; fetch them and ask again.</summary>
    Stale = 7,

    /// <summary>The rule is a leaky bucket that queues nothing.</summary>
    NoQueue = 8,

    /// <summary>The rule is off.</summary>
    IsOff = 9,

    /// <summary>Nobody does the rule's work.</summary>
    NoProcessor = 10,
}
