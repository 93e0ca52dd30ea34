namespace Throttle.Core.Queues;

/// <summary>What became of one attempt.</summary>
public enum WorkResultKind
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>It is to be tried again.</summary>
    Retry,

    /// <summary>No other attempt would help.</summary>
    Failed,
}
