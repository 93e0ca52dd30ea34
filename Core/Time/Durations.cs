using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Throttle.Core.Time;

/// <summary>
/// Durations as text: a number and a unit, <c>us</c>, <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c>, <c>d</c> or <c>w</c>.
/// <c>250ms</c>, <c>1.5s</c>, <c>7d</c>; a bare <c>0</c> is zero. Exact to one tick of 100 ns: what cannot be kept exactly is refused.
/// </summary>
public static class Durations
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond),
        ("µs", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
        ("w", 7 * TimeSpan.TicksPerDay),
    ];

    /// <summary>The duration in ticks.</summary>
    /// <param name="text">The text, such as <c>250ms</c>.</param>
    /// <param name="minTicks">The shortest accepted duration in ticks, inclusive.</param>
    /// <param name="maxTicks">The longest accepted duration in ticks, inclusive.</param>
    /// <exception cref="FormatException">It is not a duration, or out of range; the message names the value and the range.</exception>
    public static long Parse(string text, long minTicks = 0, long maxTicks = Ticks.Never) =>
        TryParse(text, out var ticks, out var error, minTicks, maxTicks) ? ticks : throw new FormatException(error);

    /// <summary>As <see cref="Parse"/>, with the error as text.</summary>
    public static bool TryParse(
        string? text, out long ticks, [NotNullWhen(false)] out string? error, long minTicks = 0, long maxTicks = Ticks.Never)
    {
        if (!TryParseExact(text, out ticks, out var isRange))
        {
            error = isRange
                ? $"'{text}' is out of range; use {Range(minTicks, maxTicks)}."
                : $"'{ShownText.Of(text)}' is not a duration; write a number with a unit "
                + "(us, ms, s, m, h, d, w), exact to 0.1us, such as 250ms or 10s.";
            return false;
        }

        if (ticks < minTicks || ticks > maxTicks)
        {
            error = $"'{text}' is out of range; use {Range(minTicks, maxTicks)}.";
            ticks = 0;
            return false;
        }

        error = null;
        return true;
    }

    /// <summary>The text with the largest unit, up to days, that needs no decimals: <c>90s</c>, <c>1500ms</c>, <c>7d</c>; below 1 µs <c>0.1us</c>.</summary>
    /// <param name="ticks">Ticks, 0 or more.</param>
    public static string Format(long ticks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ticks);
        if (ticks == 0)
        {
            return "0s";
        }

        for (var i = Units.Length - 2; i >= 0; i--)
        {
            if (ticks % Units[i].Ticks == 0)
            {
                var unit = i <= 1 ? Units[0].Unit : Units[i].Unit;
                return string.Create(CultureInfo.InvariantCulture, $"{ticks / Units[i].Ticks}{unit}");
            }
        }

        var (micros, tenths) = Math.DivRem(ticks, TimeSpan.TicksPerMicrosecond);
        return string.Create(CultureInfo.InvariantCulture, $"{micros}.{tenths}us");
    }

    private static string Range(long minTicks, long maxTicks) =>
        maxTicks == Ticks.Never ? $"{Format(minTicks)} to 10675199d" : $"{Format(minTicks)} to {Format(maxTicks)}";

    /// <summary>Number and unit, without rounding. <paramref name="isRange"/> tells a duration too long for a long from no duration.</summary>
    private static bool TryParseExact(string? text, out long ticks, out bool isRange)
    {
        if (text is "0")
        {
            (ticks, isRange) = (0, false);
            return true;
        }

        return UnitText.TryParse(text, Units, Ticks.Never, out ticks, out isRange);
    }
}
