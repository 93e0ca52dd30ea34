using System.Text;

namespace Throttle.Core.Rules.Patterns;

/// <summary>Takes a pattern apart: literal start, then the parts from the first wildcard on.</summary>
internal static class GlobParser
{
    public static (string Literal, List<GlobPart> Tail) Parse(string text)
    {
        // Where a pattern has no slash there are no segments for a star to stay in.
        var hasSegments = text.Contains('/', StringComparison.Ordinal);
        var literal = new StringBuilder();
        var tail = new List<GlobPart>();
        var i = 0;
        while (i < text.Length)
        {
            if (text[i] == '*')
            {
                i = AddWildcard(text, i, hasSegments, tail);
                continue;
            }

            i += text[i] == '\\' && i + 1 < text.Length ? 1 : 0;
            if (tail.Count == 0)
            {
                literal.Append(text[i]);
            }
            else
            {
                tail.Add(new GlobPart(GlobPartKind.Literal, text[i]));
            }

            i++;
        }

        return (literal.ToString(), tail);
    }

    public static bool EndsInEscape(string text)
    {
        var backslashes = text.Length - text.AsSpan().TrimEnd('\\').Length;
        return backslashes % 2 == 1;
    }

    /// <summary>The text as a pattern that matches it and nothing else.</summary>
    public static string Escape(string text)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal);
        escaped = MistakenPattern.IsList(text) ? escaped.Replace(",", "\\,", StringComparison.Ordinal) : escaped;
        escaped = MayBeBlock(text) ? escaped.Replace("/", "\\/", StringComparison.Ordinal) : escaped;

        // A backslash before the first character says that no other language is meant.
        return escaped.Length > 0 && escaped[0] != '\\' && (MistakenPattern.FaultOf(escaped) ?? AddressPattern.FaultOf(escaped)) is not null
            ? $"\\{escaped}"
            : escaped;
    }

    /// <summary>Whether a slash could be taken for the one of a block, under one attribute or another; not in a path.</summary>
    private static bool MayBeBlock(string text) =>
        text.IndexOf('/', StringComparison.Ordinal) is var slash && (slash > 0 || (slash == 0 && !text.AsSpan(1).ContainsAnyExceptInRange('0', '9')));

    private static int AddWildcard(string text, int start, bool hasSegments, List<GlobPart> tail)
    {
        var end = start;
        while (end < text.Length && text[end] == '*')
        {
            end++;
        }

        var isWholeSegment = (start == 0 || text[start - 1] == '/') && end < text.Length && text[end] == '/';
        var kind = !hasSegments ? GlobPartKind.AnyText
            : end - start == 1 ? GlobPartKind.AnySegment
            : isWholeSegment ? GlobPartKind.AnyFolders
            : GlobPartKind.AnyText;
        end += kind == GlobPartKind.AnyFolders ? 1 : 0;

        // Folders after folders are folders; keeping one keeps the automaton small.
        if (kind != GlobPartKind.AnyFolders || tail.Count == 0 || tail[^1].Kind != GlobPartKind.AnyFolders)
        {
            tail.Add(new GlobPart(kind));
        }

        return end;
    }
}
