namespace Throttle.Core.Queues;

/// <summary>What became of work that was handed over.</summary>
public enum WorkAnswerStatus
{
    /// <summary>It is in line.</summary>
    Queued = 0,

    /// <summary>Its id is known: the first answer stands, and nothing was added.</summary>
    Known = 1,

    /// <summary>The queue is full, or the turn would come after the rule's oldest age. Nothing was kept.</summary>
    Full = 2,

    /// <summary>No answer could be had: storage or the cluster failed. It may have been kept; the same id may be handed over again.</summary>
    Failed = 3,
}
