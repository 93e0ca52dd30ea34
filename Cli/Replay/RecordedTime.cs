using System.Globalization;
using System.Text;
using Throttle.Api.Clocks;
using Throttle.Core.Time;

namespace Throttle.Cli.Replay;

/// <summary>Instants as servers record them.</summary>
internal static class RecordedTime
{
    /// <summary>The forms that are read.</summary>
    public const string Forms = "17/May/2015:10:05:03 +0000, 2015-05-17T10:05:03.25Z, or seconds, milliseconds, microseconds or nanoseconds since 1970";

    private const decimal MaxSeconds = 100_000_000_000;
    private const int StepsBelowSeconds = 3;

    /// <summary>The instant in ticks, UTC. A number is in the largest unit that puts it before the year 5138.</summary>
    public static bool TryParse(string text, out long at)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        if (LogTime.TryParse(utf8, out at) || IsoTime.TryParse(utf8, out at))
        {
            return true;
        }

        const int DateLength = 10;
        if (utf8.Length > DateLength && utf8[DateLength] == ' ')
        {
            utf8[DateLength] = (byte)'T';
            return IsoTime.TryParse(utf8, out at);
        }

        return TryParseNumber(text, out at);
    }

    private static bool TryParseNumber(string text, out long at)
    {
        at = 0;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        for (var steps = 0; number >= MaxSeconds && steps < StepsBelowSeconds; steps++)
        {
            number /= 1000;
        }

        if (number >= MaxSeconds)
        {
            return false;
        }

        at = (long)decimal.Floor(number * Ticks.PerSecond) + Ticks.UnixEpoch;
        return true;
    }
}
