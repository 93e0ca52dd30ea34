using System.Buffers;
using System.Text;

namespace Throttle.Cli.Replay;

/// <summary>Text out of the bytes of a line.</summary>
internal static class LineText
{
    private const int ExcerptLength = 60;

    /// <summary>At most 60 characters, fit to be shown: what cannot be printed is written as <c>?</c>.</summary>
    public static string Excerpt(ReadOnlySpan<byte> text)
    {
        // Four bytes are the most one character takes.
        var start = Encoding.UTF8.GetString(text[..Math.Min(text.Length, 4 * (ExcerptLength + 1))]);
        var shown = new StringBuilder(ExcerptLength + 1);
        foreach (var rune in start.EnumerateRunes())
        {
            if (shown.Length >= ExcerptLength)
            {
                return shown.Append('…').ToString();
            }

            shown.Append(Rune.IsControl(rune) || rune == Rune.ReplacementChar ? new Rune('?') : rune);
        }

        return shown.ToString();
    }

    /// <summary>As <see cref="Excerpt(ReadOnlySpan{byte})"/>, of a text.</summary>
    public static string Excerpt(string text) => Excerpt(Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// The text that a web server wrote with escapes: <c>\"</c>, <c>\\</c>, <c>\n</c>, <c>\t</c> and the like, and
    /// <c>\xhh</c> for a byte. An escape it would not write stays as it is. Bytes that are not UTF-8 become U+FFFD.
    /// </summary>
    public static string Unescape(ReadOnlySpan<byte> text)
    {
        if (!text.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(text);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(text.Length);
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var value = text[i];
            if (value == '\\')
            {
                (value, var length) = Escape(text[(i + 1)..]);
                i += length;
            }

            buffer[count++] = value;
        }

        var result = Encoding.UTF8.GetString(buffer.AsSpan(0, count));
        ArrayPool<byte>.Shared.Return(buffer);
        return result;
    }

    /// <summary>The byte that an escape stands for, and how many bytes after the backslash it takes.</summary>
    private static (byte Value, int Length) Escape(ReadOnlySpan<byte> text) => text switch
    {
        [(byte)'"', ..] => ((byte)'"', 1),
        [(byte)'\\', ..] => ((byte)'\\', 1),
        [(byte)'n', ..] => ((byte)'\n', 1),
        [(byte)'t', ..] => ((byte)'\t', 1),
        [(byte)'r', ..] => ((byte)'\r', 1),
        [(byte)'b', ..] => ((byte)'\b', 1),
        [(byte)'v', ..] => ((byte)'\v', 1),
        [(byte)'f', ..] => ((byte)'\f', 1),
        [(byte)'x', var high, var low, ..] when char.IsAsciiHexDigit((char)high) && char.IsAsciiHexDigit((char)low) =>
            ((byte)((HexValue(high) << 4) | HexValue(low)), 3),
        _ => ((byte)'\\', 0),
    };

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
