using System.Text;
using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules.Matching;

/// <summary>Puts the values of requests and the patterns of rules into the form in which spellings that do not matter are one; see <see cref="IgnoredSpelling"/>.</summary>
internal static class Spelling
{
    /// <summary>A value in that form.</summary>
    public static string OfValue(string attribute, string value, IgnoredSpelling ignored)
    {
        if (string.Equals(attribute, "path", StringComparison.Ordinal))
        {
            var path = ignored.HasFlag(IgnoredSpelling.LastSlash) && value.Length > 1 && value[^1] == '/' ? value[..^1] : value;
            return ignored.HasFlag(IgnoredSpelling.PathCase) ? Fold(path) : path;
        }

        return ignored.HasFlag(IgnoredSpelling.Names) ? OfName(attribute, value) : value;
    }

    /// <summary>A rule whose patterns match values in that form.</summary>
    public static Rule Of(Rule rule, IgnoredSpelling ignored) =>
        rule with { Match = [.. rule.Match.Select(condition => condition with { Patterns = [.. condition.Patterns.SelectMany(pattern => OfPattern(condition.Attribute, pattern, ignored))] })] };

    private static IEnumerable<string> OfPattern(string attribute, string pattern, IgnoredSpelling ignored) =>
        string.Equals(attribute, "path", StringComparison.Ordinal) ? OfPath(ignored.HasFlag(IgnoredSpelling.PathCase) ? Fold(pattern) : pattern, ignored)
        : ignored.HasFlag(IgnoredSpelling.Names) ? [OfName(attribute, pattern)]
        : [pattern];

    private static string OfName(string attribute, string text) => attribute switch
    {
        "host" => Fold(text.Length > 1 && text[^1] == '.' ? WithoutLast(text, 1) : text),
        "proto" => Fold(text),
        "method" => text.ToUpperInvariant(),
        _ => text,
    };

    /// <summary>
    /// A text in lower case. Two texts that routing takes for one become one: it compares them in upper case, and a few letters beyond
    /// ASCII share their upper case only.
    /// </summary>
    private static string Fold(string text) => (Ascii.IsValid(text) ? text : text.ToUpperInvariant()).ToLowerInvariant();

    /// <summary>The pattern, and those that match a path without a last slash where the pattern matches it with one.</summary>
    private static IEnumerable<string> OfPath(string pattern, IgnoredSpelling ignored)
    {
        yield return pattern;
        if (!ignored.HasFlag(IgnoredSpelling.LastSlash))
        {
            yield break;
        }

        // "/api/" and "/api/*" match "/api/" and so "/api"; of "/api/**/" and "/api/**/*" the folders may be none as well.
        var shorter = WithoutSlash(pattern);
        while (shorter is not null && IsOfSegments(shorter))
        {
            yield return shorter;
            shorter = Stars(shorter) > 1 ? WithoutSlash(shorter) : null;
        }
    }

    /// <summary>A pattern without a slash at its end, and the stars behind that; null where it has none.</summary>
    private static string? WithoutSlash(string pattern) =>
        Stars(pattern) is var stars && stars < pattern.Length && pattern[^(stars + 1)] == '/' ? WithoutLast(pattern, stars + 1) : null;

    private static int Stars(string pattern) => pattern.Length - pattern.AsSpan().TrimEnd('*').Length;

    /// <summary>Whether stars in a shortened pattern still stop at slashes, as they did before.</summary>
    private static bool IsOfSegments(string pattern) =>
        pattern.Length > 0 && (pattern.Contains('/', StringComparison.Ordinal) || !pattern.Contains('*', StringComparison.Ordinal));

    /// <summary>A pattern without its last characters, and without a backslash that escaped the first of them.</summary>
    private static string WithoutLast(string pattern, int count)
    {
        var rest = pattern[..^count];
        return GlobParser.EndsInEscape(rest) ? rest[..^1] : rest;
    }
}
