using System.Buffers.Text;
using System.Diagnostics;
using System.Text.Json;
using Throttle.Core.Time;

namespace Throttle.AspNetCore.Answers;

/// <summary>Ticks as decimal seconds in JSON: exact to 100 ns, no needless zeros, no floating point on the way.</summary>
internal static class SecondsJson
{
    private const int MaxLength = 32;

    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long ticks)
    {
        writer.WritePropertyName(name);
        Span<byte> text = stackalloc byte[MaxLength];
        writer.WriteRawValue(text[..Format(ticks, text)], skipInputValidation: true);
    }

    public static void WriteInstant(Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTimeOffset instant) =>
        Write(writer, name, instant.UtcTicks - Ticks.UnixEpoch);

    /// <summary>Writes an instant as seconds since 1970 into a text of at least 32 bytes.</summary>
    /// <returns>How many bytes it has.</returns>
    public static int FormatInstant(DateTimeOffset instant, Span<byte> text) => Format(instant.UtcTicks - Ticks.UnixEpoch, text);

    private static int Format(long ticks, Span<byte> text)
    {
        var length = 0;
        if (ticks < 0)
        {
            text[length++] = (byte)'-';
        }

        // Int128: the smallest long has no positive counterpart.
        var (whole, fraction) = Math.DivRem((ulong)Int128.Abs(ticks), (ulong)Ticks.PerSecond);
        var isWritten = Utf8Formatter.TryFormat(whole, text[length..], out var written);
        Debug.Assert(isWritten, "A 64-bit number fits.");
        length += written;
        return fraction == 0 ? length : length + FormatFraction((int)fraction, text[length..]);
    }

    private static int FormatFraction(int fraction, Span<byte> text)
    {
        var digits = 7;
        while (fraction % 10 == 0)
        {
            fraction /= 10;
            digits--;
        }

        text[0] = (byte)'.';
        for (var i = digits; i > 0; i--)
        {
            text[i] = (byte)('0' + (fraction % 10));
            fraction /= 10;
        }

        return digits + 1;
    }
}
