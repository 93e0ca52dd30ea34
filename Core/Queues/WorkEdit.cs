namespace Throttle.Core.Queues;

/// <summary>What became of an edit of one item of work.</summary>
public enum WorkEdit
{
    /// <summary>It was done.</summary>
    Done = 0,

    /// <summary>There is no such item, or not any more.</summary>
    Unknown = 1,

    /// <summary>It is being delivered at this moment.</summary>
    BeingDelivered = 2,

    /// <summary>There is no room in line.</summary>
    Full = 3,
}
