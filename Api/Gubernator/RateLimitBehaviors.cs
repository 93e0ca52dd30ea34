namespace Throttle.Api.Gubernator;

/// <summary>gubernator's flags, by its numbers.</summary>
/// <remarks>
/// NO_BATCHING (1), GLOBAL (2) and MULTI_REGION (16) are taken and have nothing to do: each key has one owner, who is asked, and
/// whose answer is exact.
/// </remarks>
[Flags]
internal enum RateLimitBehaviors
{
    /// <summary>BATCHING: no flag.</summary>
    None = 0,

    /// <summary>DURATION_IS_GREGORIAN: the duration is a calendar unit.</summary>
    DurationIsGregorian = 4,

    /// <summary>RESET_REMAINING: what was used is forgotten.</summary>
    ResetRemaining = 8,

    /// <summary>DRAIN_OVER_LIMIT: a refused request takes what is left.</summary>
    DrainOverLimit = 32,
}
