using System.Text.Json;

namespace Throttle.Api.Clocks;

/// <summary>
/// Instants in ISO 8601: <c>2015-05-17T10:05:03.25Z</c>, <c>2015-05-17T12:05:03+02:00</c>. Without an offset they are UTC.
/// What is finer than 100 ns is cut off.
/// </summary>
public static class IsoTime
{
    private const int MaxLength = 64;

    /// <summary>The instant in ticks, UTC.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long at)
    {
        at = 0;
        var timeStart = text.IndexOf((byte)'T') + 1;
        if (timeStart == 0 || text.Length > MaxLength || text.ContainsAny((byte)'"', (byte)'\\'))
        {
            return false;
        }

        // The JSON reader knows exactly this profile of ISO 8601, but would take an instant without offset for local time.
        Span<byte> quoted = stackalloc byte[MaxLength + 3];
        quoted[0] = (byte)'"';
        text.CopyTo(quoted[1..]);
        var length = text.Length + 1;
        if (!text[timeStart..].ContainsAny("Zz+-"u8))
        {
            quoted[length++] = (byte)'Z';
        }

        quoted[length++] = (byte)'"';
        return TryRead(quoted[..length], out at);
    }

    private static bool TryRead(ReadOnlySpan<byte> quoted, out long at)
    {
        at = 0;
        var reader = new Utf8JsonReader(quoted);
        try
        {
            if (!reader.Read() || !reader.TryGetDateTimeOffset(out var instant))
            {
                return false;
            }

            at = instant.UtcTicks;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
