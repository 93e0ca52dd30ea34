namespace Throttle.Core.Rules.Patterns;

/// <summary>
/// Finds patterns in the language of another tool: negation, regular expressions, comparisons, lists in one text. Taken
/// literally they would never match, and nobody would be told.
/// </summary>
internal static class MistakenPattern
{
    private const string Others = "_.:*-";

    /// <summary>What is wrong, as the second half of a sentence, or null.</summary>
    public static string? FaultOf(string text) => text[0] switch
    {
        '!' => $"a pattern cannot say \"not\"; {Literally(text)}",
        '~' or '^' => $"a pattern is no regular expression; use * and **, or {Literally(text)}",
        '<' or '>' when IsComparison(text) => $"a pattern is a text and cannot compare numbers; {Literally(text)}",
        '/' when text.StartsWith("/^", StringComparison.Ordinal) || (text.Length > 2 && text.EndsWith("$/", StringComparison.Ordinal)) =>
            $"a pattern is no regular expression; use * and **, or {Literally(text)}",
        _ when IsList(text) => $"a pattern is one text; write the list [{string.Join(", ", Parts(text))}], or "
            + $"'{text.Replace(",", "\\,", StringComparison.Ordinal)}' for the text itself",
        _ => null,
    };

    /// <summary>Whether a text of several words with commas between was probably meant as a list.</summary>
    public static bool IsList(string text)
    {
        if (!text.Contains(',', StringComparison.Ordinal))
        {
            return false;
        }

        var parts = Parts(text);
        return Array.TrueForAll(parts, IsWord) || Array.TrueForAll(parts, part => part.StartsWith('/'));
    }

    private static string[] Parts(string text) => text.Split(',', StringSplitOptions.TrimEntries);

    private static bool IsWord(string part) =>
        part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || Others.Contains(c, StringComparison.Ordinal));

    private static bool IsComparison(string text)
    {
        var operand = text.AsSpan(1).TrimStart('=').TrimStart(' ');
        return !operand.IsEmpty && (char.IsAsciiDigit(operand[0]) || operand[0] is '-' or '.');
    }

    // Single quotes, since a backslash in double quotes is YAML's.
    private static string Literally(string text) => $"for the text itself write '\\{ShownText.Of(text)}' in single quotes";
}
