using Throttle.Core.Fields;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

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
    /// <summary>The algorithm.</summary>
    public static Algorithm<FixedWindowSpec> Definition { get; } = new(
        "fixed-window",
        "So many permits in each window; the windows are aligned to the clock or to the calendar, or start with their first use.",
        [FixedWindow.StateKind],
        new(
            new(1, 0),
            new Field<FixedWindowSpec, long>("limit", Kinds.Permits, s => s.Limit, (s, v) => s with { Limit = v }, "Permits a window.") { IsRequired = true },
            new Field<FixedWindowSpec, long>(
                "window",
                new DurationKind(Limits.MinPeriodTicks, Limits.MaxPeriodTicks) { ZeroIsNone = true },
                s => s.WindowTicks,
                (s, v) => s with { WindowTicks = v },
                "The length of a window; give this or calendar.")
            {
                AppliesTo = s => s.Calendar is null,
                Otherwise = "does not go with calendar; use one of them",
            },
            new Field<FixedWindowSpec, CalendarUnit?>(
                "calendar", new OptionalKind<CalendarUnit>(new WordKind<CalendarUnit>()), s => s.Calendar, (s, v) => s with { Calendar = v }, "The calendar unit that each window spans; give this or window."),
            new Field<FixedWindowSpec, string?>(
                "time-zone", new TextKind("time zone", "Europe/Berlin", ZoneFault), s => s.TimeZone, (s, v) => s with { TimeZone = v! }, "The IANA time zone of calendar windows.")
            {
                AppliesTo = s => s.Calendar is not null,
                Otherwise = "goes with calendar, not with window",
            },
            new Field<FixedWindowSpec, DayOfWeek>("week-start", new WordKind<DayOfWeek>(), s => s.WeekStart, (s, v) => s with { WeekStart = v }, "The first day of calendar weeks.")
            {
                AppliesTo = s => s.Calendar is not null,
                Otherwise = "goes with calendar, not with window",
            },
            new Field<FixedWindowSpec, WindowAnchor>("anchor", new WordKind<WindowAnchor>(), s => s.Anchor, (s, v) => s with { Anchor = v }, "Where windows of a fixed length start.")
            {
                AppliesTo = s => s.Calendar is null,
                Otherwise = "goes with window, not with calendar",
            })
        {
            Completes = Complete,
        });

    /// <summary>Where windows of a fixed length start; the epoch by default. Those of the calendar have their own starts.</summary>
    public WindowAnchor Anchor { get; init; }

    /// <inheritdoc/>
    public override Algorithm Kind => Definition;

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

    /// <inheritdoc/>
    /// <remarks>Of calendar units the usual length; none for months and years, whose lengths differ by more than a clock change.</remarks>
    public override Quota Quota => new(Limit, Calendar switch
    {
        null => WindowTicks,
        CalendarUnit.Minute => Ticks.PerSecond * 60,
        CalendarUnit.Hour => Ticks.PerSecond * 3_600,
        CalendarUnit.Day => Ticks.PerDay,
        CalendarUnit.Week => 7 * Ticks.PerDay,
        _ => 0,
    });

    /// <inheritdoc/>
    public override TResult Accept<TResult>(ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null) => visitor.Visit(
        Calendar is { } unit
            ? new FixedWindow(Limit, unit, TimeZoneInfo.FindSystemTimeZoneById(TimeZone), WeekStart)
            : new FixedWindow(Limit, WindowTicks, Anchor));

    // Clocks that go back make it an hour longer.
    private static long LongestOf(int days) => (days * TimeSpan.TicksPerDay) + TimeSpan.TicksPerHour;

    private static FixedWindowSpec Complete(MapReader from, FixedWindowSpec spec)
    {
        if (!from.Has("window") && spec.Calendar is null)
        {
            from.Missing("window", "use a duration such as 1m, or calendar: day");
        }

        // A window of no length is one too many beside a calendar, and would not be seen later.
        if (spec is { WindowTicks: 0, Calendar: not null } && from.Find("window") is not null)
        {
            from.Fault("window", "'window' does not go with calendar; use one of them.");
        }

        return spec;
    }

    /// <summary>What is wrong with the name of a time zone. Windows names are refused: they are not known everywhere.</summary>
    private static string? ZoneFault(string name)
    {
        var isKnown = name.Length > 0
            && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
            && zone.HasIanaId
            && (string.Equals(name, "UTC", StringComparison.Ordinal) || !TimeZoneInfo.TryConvertWindowsIdToIanaId(name, out _));
        return isKnown ? null
            : $"is '{ShownText.Of(name)}', which this machine does not know; use an IANA name such as UTC or Europe/Berlin";
    }
}
