namespace Throttle.Core.Limiters;

/// <summary>Whether the holder of a permit may make its call now.</summary>
public enum BeginOutcome
{
    /// <summary>It may, at once.</summary>
    Begun,

    /// <summary>Not yet: its instant has not come, or the call before it ran late.</summary>
    Wait,

    /// <summary>It came later than its grace, and has lost its slot.</summary>
    Expired,
}
