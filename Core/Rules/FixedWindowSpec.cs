using Throttle.Core.Limiters;

namespace Throttle.Core.Rules;

/// <summary><c>fixed-window</c>: so many permits in each window, the windows aligned to the Unix epoch or to the calendar, or started by their first use.</summary>
/// <param name="Limit">Permits a window, 1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="WindowTicks">Length of a window in ticks, 1 µs to 400 days; 0 when <paramref name="Calendar"/> is given.</param>
/// <param name="Calendar">The calendar unit, or null for windows of a fixed length.</param>
/// <param name="TimeZone">IANA time zone of calendar windows; UTC by default.</param>
/// <param name="WeekStart">The first day of calendar weeks; Monday by default (ISO 8601).</param>
public sealed record FixedWindowSpec(
    long Limit,
    long WindowTicks,
    CalendarUnit? Calendar = null,
    string TimeZone = "UTC",
    DayOfWeek WeekStart = DayOfWeek.Monday) : LimiterSpec
{
    /// <summary>Where windows of a fixed length start; the epoch by default. Those of the calendar have their own starts.</summary>
    public WindowAnchor Anchor { get; init; }

    /// <inheritdoc/>
    public override string Algorithm => "fixed-window";

    /// <inheritdoc/>
    public override long RefillTicks => Calendar switch
    {
        null => Math.Max(0, WindowTicks),
        CalendarUnit.Minute => TimeSpan.TicksPerMinute,
        CalendarUnit.Hour => TimeSpan.TicksPerHour,
        CalendarUnit.Day => LongestOf(1),
        CalendarUnit.Week => LongestOf(7),
        CalendarUnit.Month => LongestOf(31),
        _ => LongestOf(366),
    };

    // Clocks that go back make it an hour longer.
    private static long LongestOf(int days) => (days * TimeSpan.TicksPerDay) + TimeSpan.TicksPerHour;
}
