namespace Throttle.Core.Rules;

/// <summary>
/// Differences in spelling that do not matter when rules are matched against a request. Values and patterns are then put into one
/// form. Without any, a value is compared with a pattern as both are written.
/// </summary>
[Flags]
public enum IgnoredSpelling
{
    /// <summary>None: case counts, and so does every character.</summary>
    None = 0,

    /// <summary>The case of <c>host</c>, <c>method</c> and <c>proto</c>, and a dot at the end of <c>host</c>. Values are put into lower case, methods into upper case.</summary>
    Names = 1,

    /// <summary>The case of <c>path</c>. Values are put into lower case.</summary>
    PathCase = 2,

    /// <summary>A slash at the end of <c>path</c>. Values lose it, except <c>/</c> itself; <c>/api/**</c> then also matches <c>/api</c>.</summary>
    LastSlash = 4,
}
