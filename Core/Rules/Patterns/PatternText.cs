using System.Buffers;
using System.Text;

namespace Throttle.Core.Rules.Patterns;

/// <summary>Questions about the text of a pattern.</summary>
internal static class PatternText
{
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
