namespace Throttle.Core.Failures;

/// <summary>The reasons a caller may be told when a limit could not be checked. They say nothing of machines, addresses, keys or code.</summary>
public enum FailureReason
{
    /// <summary>The check failed for a reason that only the log tells.</summary>
    Internal,

    /// <summary>No answer came in time.</summary>
    NoAnswer,

    /// <summary>The owner of the bucket could not be reached, or was lost while it was asked.</summary>
    OwnerUnreachable,

    /// <summary>Too many calls wait for the bucket already.</summary>
    Overloaded,

    /// <summary>The process that was asked is not connected to its cluster.</summary>
    NotConnected,

    /// <summary>The storage could not write the state, or could not read it.</summary>
    Storage,

    /// <summary>The rules changed, or the nodes of the cluster have different versions of them for the moment.</summary>
    RulesDiffer,

    /// <summary>There is no memory left for a new bucket: all that are kept hold debts.</summary>
    NoRoom,
}
