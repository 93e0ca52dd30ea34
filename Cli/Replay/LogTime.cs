using Throttle.Core.Time;

namespace Throttle.Cli.Replay;

/// <summary>The time of an access log: <c>17/May/2015:10:05:03 +0000</c>, always 26 characters.</summary>
internal static class LogTime
{
    private const int Length = 26;

    /// <summary>The instant in ticks, UTC.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long at)
    {
        at = 0;
        if (text.Length != Length
            || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[14] != ':' || text[17] != ':' || text[20] != ' '
            || text[21] is not ((byte)'+' or (byte)'-'))
        {
            return false;
        }

        var day = Number(text[..2]);
        var month = Month(text[3..6]);
        var year = Number(text[7..11]);
        if (month == 0 || year < 1 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        var hour = Number(text[12..14]);
        var minute = Number(text[15..17]);
        var second = Number(text[18..20]);
        var zoneHour = Number(text[22..24]);
        var zoneMinute = Number(text[24..26]);
        if (hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 59
            || zoneHour is < 0 or > 23 || zoneMinute is < 0 or > 59)
        {
            return false;
        }

        var zone = ((zoneHour * 60L) + zoneMinute) * TimeSpan.TicksPerMinute;
        at = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks - (text[21] == '+' ? zone : -zone);
        return at is >= 0 and <= Ticks.MaxInstant;
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return -1;
            }

            number = (number * 10) + (digit - '0');
        }

        return number;
    }

    private static int Month(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("Jan"u8) ? 1
        : name.SequenceEqual("Feb"u8) ? 2
        : name.SequenceEqual("Mar"u8) ? 3
        : name.SequenceEqual("Apr"u8) ? 4
        : name.SequenceEqual("May"u8) ? 5
        : name.SequenceEqual("Jun"u8) ? 6
        : name.SequenceEqual("Jul"u8) ? 7
        : name.SequenceEqual("Aug"u8) ? 8
        : name.SequenceEqual("Sep"u8) ? 9
        : name.SequenceEqual("Oct"u8) ? 10
        : name.SequenceEqual("Nov"u8) ? 11
        : name.SequenceEqual("Dec"u8) ? 12
        : 0;
}
