using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>Permits per period: <c>10/s</c>, <c>300/10s</c>, <c>1000/h</c>.</summary>
/// <param name="Permits">1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="PeriodTicks">In 100 ns ticks, 1 µs to 400 days.</param>
public readonly record struct Rate(long Permits, long PeriodTicks)
{
    /// <summary>The rate that a text names: permits, a slash, and a unit or a duration (see <see cref="Durations"/>).</summary>
    /// <exception cref="FormatException">It is not a rate, or out of range; the message names the value and the range.</exception>
    public static Rate Parse(string text) => TryParse(text, out var rate, out var error) ? rate : throw new FormatException(error);

    /// <summary>As <see cref="Parse"/>, without the reason.</summary>
    public static bool TryParse(string? text, out Rate rate) => TryParse(text, out rate, out _);

    /// <summary>As <see cref="Parse"/>, with the error as text.</summary>
    public static bool TryParse(string? text, out Rate rate, [NotNullWhen(false)] out string? error)
    {
        rate = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (text is null || slash <= 0 || text.AsSpan(0, slash).ContainsAnyExceptInRange('0', '9'))
        {
            error = $"'{Rules.Patterns.PatternText.Shorten(text)}' is not a rate; write permits per period, such as 10/s, 300/10s or 1000/h.";
            return false;
        }

        if (!long.TryParse(text.AsSpan(0, slash), NumberStyles.None, CultureInfo.InvariantCulture, out var permits)
            || permits is < 1 or > Limits.MaxPermits)
        {
            error = $"'{Rules.Patterns.PatternText.Shorten(text)}' is out of range; use 1 to {Limits.MaxPermits} permits per period.";
            return false;
        }

        var period = text[(slash + 1)..];
        if (period.Length > 0 && char.IsLetter(period[0]))
        {
            period = "1" + period;
        }

        if (!Durations.TryParse(period, out var ticks, out var reason, Limits.MinPeriodTicks, Limits.MaxPeriodTicks))
        {
            error = $"'{Rules.Patterns.PatternText.Shorten(text)}' has a bad period: {reason}";
            return false;
        }

        rate = new Rate(permits, ticks);
        error = null;
        return true;
    }

    /// <summary>The ticks in which so many permits come, rounded up.</summary>
    /// <param name="permits">Permits; none of them take no time.</param>
    /// <returns>Ticks, 0 or more; <see cref="Ticks.Never"/> for a rate of no permits.</returns>
    internal long TicksFor(long permits) =>
        permits <= 0 || PeriodTicks <= 0 ? 0
        : Permits <= 0 ? Ticks.Never
        : Ticks.Saturate((((Int128)permits * PeriodTicks) + Permits - 1) / Permits);

    /// <summary>The text that <see cref="Parse"/> reads back: <c>10/s</c>, <c>300/10s</c>.</summary>
    public override string ToString()
    {
        // A default rate has no period; it is still shown, because records print themselves in error messages.
        var period = Durations.Format(Math.Max(0, PeriodTicks));
        var isOne = period.Length > 1 && period[0] == '1' && char.IsLetter(period[1]);
        return string.Create(CultureInfo.InvariantCulture, $"{Permits}/{(isOne ? period[1..] : period)}");
    }
}
