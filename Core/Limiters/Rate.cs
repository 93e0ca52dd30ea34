using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>Permits per period: <c>10/s</c>, <c>300/10s</c>, <c>1000/h</c>; where a permit is a byte also <c>256KiB/s</c>.</summary>
/// <param name="Permits">1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="PeriodTicks">In 100 ns ticks, 1 µs to 400 days.</param>
public readonly record struct Rate(long Permits, long PeriodTicks)
{
    /// <summary>The rate that a text names: permits or a size (see <see cref="Sizes"/>), a slash, and a unit or a duration (see <see cref="Durations"/>).</summary>
    /// <exception cref="FormatException">It is not a rate, or out of range; the message names the value and the range.</exception>
    public static Rate Parse(string text) => TryParse(text, out var rate, out var error) ? rate : throw new FormatException(error);

    /// <summary>As <see cref="Parse"/>, without the reason.</summary>
    public static bool TryParse(string? text, out Rate rate) => TryParse(text, out rate, out _);

    /// <summary>As <see cref="Parse"/>, with the error as text.</summary>
    public static bool TryParse(string? text, out Rate rate, [NotNullWhen(false)] out string? error)
    {
        rate = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (text is null || slash <= 0)
        {
            error = NoRate(text);
            return false;
        }

        if (!TryParsePermits(text, slash, out var permits, out error))
        {
            return false;
        }

        var period = text[(slash + 1)..];
        if (period.Length > 0 && char.IsLetter(period[0]))
        {
            period = "1" + period;
        }

        if (!Durations.TryParse(period, out var ticks, out var reason, Limits.MinPeriodTicks, Limits.MaxPeriodTicks))
        {
            error = $"'{ShownText.Of(text)}' has a bad period: {reason}";
            return false;
        }

        rate = new Rate(permits, ticks);
        return true;
    }

    /// <summary>As <see cref="TryParse(string?, out Rate, out string?)"/>; a text without a slash is per second: <c>32KiB</c> is <c>32KiB/s</c>.</summary>
    public static bool TryParsePerSecond(string? text, out Rate rate, [NotNullWhen(false)] out string? error)
    {
        if (string.IsNullOrEmpty(text) || text.Contains('/', StringComparison.Ordinal))
        {
            return TryParse(text, out rate, out error);
        }

        rate = default;
        if (!Sizes.TryParse(text, out var permits, out error, min: 1))
        {
            return false;
        }

        rate = new Rate(permits, Ticks.PerSecond);
        return true;
    }

    private static bool TryParsePermits(string text, int slash, out long permits, [NotNullWhen(false)] out string? error)
    {
        error = null;
        var amount = text.AsSpan(0, slash);
        if (amount.ContainsAnyExceptInRange('0', '9'))
        {
            // A size ends in a B; of anything else it would not help to say that it is none.
            permits = 0;
            error = amount[^1] != 'B' ? NoRate(text)
                : Sizes.TryParse(amount.ToString(), out permits, out var reason, min: 1) ? null
                : $"'{ShownText.Of(text)}' has a bad size: {reason}";
            return error is null;
        }

        if (!long.TryParse(amount, NumberStyles.None, CultureInfo.InvariantCulture, out permits)
            || permits is < 1 or > Limits.MaxPermits)
        {
            error = $"'{ShownText.Of(text)}' is out of range; use 1 to {Limits.MaxPermits} permits per period.";
        }

        return error is null;
    }

    private static string NoRate(string? text) =>
        $"'{ShownText.Of(text)}' is not a rate; write permits per period, such as 10/s, 300/10s, 1000/h or 256KiB/s; "
        + "for a fraction use a longer period, 5/2s for 2.5 a second.";

    /// <summary>The ticks in which so many permits come, rounded up.</summary>
    /// <param name="permits">Permits; none of them take no time.</param>
    /// <returns>Ticks, 0 or more; <see cref="Ticks.Never"/> for a rate of no permits.</returns>
    internal long TicksFor(long permits) =>
        permits <= 0 || PeriodTicks <= 0 ? 0
        : Permits <= 0 ? Ticks.Never
        : Ticks.Saturate((((Int128)permits * PeriodTicks) + Permits - 1) / Permits);

    /// <summary>The rate for people, its permits as <see cref="Sizes.FormatPermits"/> shows them: <c>10/s</c>, <c>256KiB/s</c>.</summary>
    public string ToText() => ToString(Sizes.FormatPermits(Permits));

    /// <summary>The text that <see cref="Parse"/> reads back: <c>10/s</c>, <c>300/10s</c>.</summary>
    public override string ToString() => ToString(Permits.ToString(CultureInfo.InvariantCulture));

    private string ToString(string permits)
    {
        // A default rate has no period; it is still shown, because records print themselves in error messages.
        var period = Durations.Format(Math.Max(0, PeriodTicks));
        var isOne = period.Length > 1 && period[0] == '1' && char.IsLetter(period[1]);
        return string.Create(CultureInfo.InvariantCulture, $"{permits}/{(isOne ? period[1..] : period)}");
    }
}
