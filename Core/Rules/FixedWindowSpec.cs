using Throttle.Core.Limiters;

namespace Throttle.Core.Rules;

/// <summary><c>fixed-window</c>: so many permits in each window, the windows aligned to the Unix epoch or to the calendar.</summary>
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
    /// <inheritdoc/>
    public override string Algorithm => "fixed-window";
}
