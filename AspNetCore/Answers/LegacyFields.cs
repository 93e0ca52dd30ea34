namespace Throttle.AspNetCore.Answers;

/// <summary>
/// Whether answers also have <c>X-RateLimit-Limit</c>, <c>X-RateLimit-Remaining</c> and <c>X-RateLimit-Reset</c>, for clients that know
/// nothing newer. They tell of one rule only, the decisive one.
/// </summary>
public enum LegacyFields
{
    /// <summary>They are left out.</summary>
    None,

    /// <summary><c>X-RateLimit-Reset</c> is in seconds from now, rounded up.</summary>
    Seconds,

    /// <summary><c>X-RateLimit-Reset</c> is the instant in seconds since 1970, rounded up.</summary>
    UnixTime,
}
