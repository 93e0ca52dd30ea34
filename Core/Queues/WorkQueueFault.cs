namespace Throttle.Core.Queues;

/// <summary>Why a queue of work cannot be used.</summary>
public enum WorkQueueFault
{
    /// <summary>There is no such rule.</summary>
    NoRule = 0,

    /// <summary>The rule has another algorithm.</summary>
    NoQueue = 1,

    /// <summary>The rule's mode is off.</summary>
    IsOff = 2,

    /// <summary>The rule has no url to deliver to, and no processor of the host's takes its work.</summary>
    NoProcessor = 3,

    /// <summary>The queue cannot be reached, or its storage cannot be read.</summary>
    Unavailable = 4,
}
