using System.Buffers;
using System.Text;

namespace Throttle.Core.Rules.Patterns;

/// <summary>Values in messages.</summary>
internal static class PatternText
{
    private const int MaxShown = 60;

    /// <summary>The text as a message may show it: without control characters, and cut where it is long.</summary>
    public static string Shorten(string? text)
    {
        text ??= "";
        var shown = text.Length <= MaxShown ? text : string.Concat(text.AsSpan(0, MaxShown), "…");
        if (!shown.Any(char.IsControl))
        {
            return shown;
        }

        return string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c));
    }

    /// <summary>Whether the text holds half a surrogate pair, which has no form in UTF-8.</summary>
    public static bool HasHalfCharacter(ReadOnlySpan<char> text)
    {
        var rest = text;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != OperationStatus.Done)
            {
                return true;
            }

            rest = rest[length..];
        }

        return false;
    }
}
