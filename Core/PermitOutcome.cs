namespace Throttle.Core;

/// <summary>What became of a permit to make one call.</summary>
public enum PermitOutcome
{
    /// <summary>The throttle refused: nothing was reserved, or the turn comes too late.</summary>
    Refused,

    /// <summary>It was granted, and the call has not begun.</summary>
    Granted,

    /// <summary>Not yet: the instant has not come, or the call before it ran late. Only where nobody waits for it.</summary>
    Wait,

    /// <summary>The call may run, now.</summary>
    Begun,

    /// <summary>The call came later than its grace: the slot is lost, and the call must not be made.</summary>
    Expired,

    /// <summary>No answer could be had, and the rule says that nothing goes without one.</summary>
    Unavailable,

    /// <summary>It was given back before the call began.</summary>
    Returned,
}
