using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// Windows of the calendar in a time zone. Where clocks go forward, a window that would start in the gap starts at the first
/// instant after it; where they go back, a day starts at the first of its two midnights, and minutes and hours are cut at
/// the change, so that no window is longer than its name.
/// </summary>
public sealed class CalendarGrid : WindowGrid
{
    private readonly CalendarUnit _unit;
    private readonly TimeZoneInfo _zone;
    private readonly DayOfWeek _weekStart;

    // The last window found: nearly every question is about it, and the calendar is slow. Replaced as a whole.
    private volatile Tuple<long, long> _recent = Tuple.Create(0L, 0L);

    /// <summary>Windows of one calendar unit.</summary>
    /// <param name="unit">The length.</param>
    /// <param name="zone">The time zone.</param>
    /// <param name="weekStart">The first day of a week.</param>
    public CalendarGrid(CalendarUnit unit, TimeZoneInfo zone, DayOfWeek weekStart = DayOfWeek.Monday)
    {
        ArgumentNullException.ThrowIfNull(zone);
        (_unit, _zone, _weekStart) = (unit, zone, weekStart);
    }

    /// <inheritdoc/>
    public override (long Start, long End) At(long instant)
    {
        var recent = _recent;
        if (instant < recent.Item1 || instant >= recent.Item2)
        {
            var (start, end) = _unit is CalendarUnit.Minute or CalendarUnit.Hour ? ClockWindow(instant) : DateWindow(instant);
            _recent = recent = Tuple.Create(start, end);
        }

        return (recent.Item1, recent.Item2);
    }

    /// <summary>A minute or an hour: cut from local time by the offset in force, and at a change of offset.</summary>
    private (long Start, long End) ClockWindow(long instant)
    {
        var unit = _unit == CalendarUnit.Minute ? TimeSpan.TicksPerMinute : TimeSpan.TicksPerHour;
        var offset = Offset(instant);
        var local = instant + offset;
        var start = Math.Max(0, local - Modulo(local, unit) - offset);
        var end = Math.Min(Ticks.MaxInstant + 1, local - Modulo(local, unit) - offset + unit);
        if (Offset(start) != offset)
        {
            start = Change(start, instant);
        }

        if (Offset(end - 1) != offset)
        {
            end = Change(instant, end - 1);
        }

        return (start, end > Ticks.MaxInstant ? Ticks.Never : end);
    }

    /// <summary>A day or more: from the first instant of a local date to that of a later one.</summary>
    private (long Start, long End) DateWindow(long instant)
    {
        // Near a change the local date of an instant can lie a window beside it; at most one step either way.
        var date = Truncate(DateOnly.FromDateTime(new DateTime(Math.Clamp(instant + Offset(instant), 0, Ticks.MaxInstant))));
        if (instant < FirstInstant(date))
        {
            date = Step(date, -1);
        }
        else if (Step(date, 1) is var next && next > date && instant >= FirstInstant(next))
        {
            date = next;
        }

        // Before the calendar's first local midnight, west of Greenwich, there is a window of a few hours.
        var start = FirstInstant(date);
        if (instant < start)
        {
            return (0, start);
        }

        var end = Step(date, 1);
        return (start, end > date ? FirstInstant(end) : Ticks.Never);
    }

    private DateOnly Truncate(DateOnly date) => _unit switch
    {
        CalendarUnit.Week => date.AddDays(-Math.Min(date.DayNumber, (date.DayOfWeek - _weekStart + 7) % 7)),
        CalendarUnit.Month => new DateOnly(date.Year, date.Month, 1),
        CalendarUnit.Year => new DateOnly(date.Year, 1, 1),
        _ => date,
    };

    /// <summary>The start of the next or previous unit; the same date at the calendar's ends.</summary>
    private DateOnly Step(DateOnly date, int by)
    {
        var isEdge = by < 0 ? date.DayNumber < 7 && date.Year == 1 : date.Year == 9999;
        if (isEdge && !(by > 0 && StaysWithin(date)))
        {
            return date;
        }

        return _unit switch
        {
            CalendarUnit.Week => Truncate(date.AddDays(7 * by)),
            CalendarUnit.Month => date.AddMonths(by),
            CalendarUnit.Year => date.AddYears(by),
            _ => date.AddDays(by),
        };
    }

    private bool StaysWithin(DateOnly date) => _unit switch
    {
        CalendarUnit.Week => date.DayNumber + 7 <= DateOnly.MaxValue.DayNumber,
        CalendarUnit.Month => date.Month < 12,
        CalendarUnit.Year => false,
        _ => date < DateOnly.MaxValue,
    };

    /// <summary>The first instant of a local date, in ticks.</summary>
    /// <remarks>
    /// Asks only for offsets at instants: for some past changes at midnight <see cref="TimeZoneInfo.IsInvalidTime"/> denies the gap.
    /// </remarks>
    private long FirstInstant(DateOnly date)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue).Ticks;
        var before = Math.Max(0, midnight - TimeSpan.TicksPerDay);
        var after = Math.Min(Ticks.MaxInstant, midnight + TimeSpan.TicksPerDay);
        var offset = Offset(before);
        if (Offset(midnight - offset) == offset)
        {
            return Math.Max(0, midnight - offset);
        }

        // The clocks change before that: midnight comes by the later offset, or is in the gap.
        return Math.Max(0, Math.Max(Change(before, after), midnight - Offset(after)));
    }

    private long Offset(long instant) =>
        _zone.GetUtcOffset(new DateTime(Math.Clamp(instant, 0, Ticks.MaxInstant), DateTimeKind.Utc)).Ticks;

    /// <summary>The first instant after <paramref name="before"/> whose offset is that of <paramref name="after"/>, one change apart.</summary>
    private long Change(long before, long after)
    {
        var offset = Offset(after);
        while (after - before > 1)
        {
            var middle = before + ((after - before) / 2);
            (before, after) = Offset(middle) == offset ? (before, middle) : (middle, after);
        }

        return after;
    }

    private static long Modulo(long dividend, long divisor) => ((dividend % divisor) + divisor) % divisor;
}
