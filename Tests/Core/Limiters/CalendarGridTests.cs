using System.Globalization;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class CalendarGridTests
{
    /// <summary>Zones with everything that clocks do: whole, half and quarter hours, gaps at midnight, days left out, changed offsets.</summary>
    public static readonly string[] Zones =
    [
        "UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "America/Havana",
        "America/St_Johns", "America/Caracas", "America/Asuncion", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu",
        "Asia/Tehran", "Asia/Pyongyang", "Asia/Beirut", "Asia/Amman", "Africa/Cairo", "Africa/Casablanca", "Pacific/Apia",
        "Pacific/Kiritimati", "Pacific/Chatham", "Pacific/Kwajalein", "Europe/Moscow", "Antarctica/Troll", "America/Scoresbysund",
    ];

    [Theory]
    [InlineData("Europe/Berlin", CalendarUnit.Day, "2024-03-31T12:00:00Z", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z")]
    [InlineData("Europe/Berlin", CalendarUnit.Day, "2024-10-27T12:00:00Z", "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z")]
    [InlineData("America/New_York", CalendarUnit.Day, "2024-03-10T12:00:00Z", "2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z")]
    [InlineData("America/New_York", CalendarUnit.Day, "2024-11-03T12:00:00Z", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z")]
    [InlineData("Australia/Lord_Howe", CalendarUnit.Day, "2024-04-07T00:00:00Z", "2024-04-06T13:00:00Z", "2024-04-07T13:30:00Z")]
    [InlineData("Australia/Lord_Howe", CalendarUnit.Day, "2024-10-06T00:00:00Z", "2024-10-05T13:30:00Z", "2024-10-06T13:00:00Z")]
    [InlineData("America/Sao_Paulo", CalendarUnit.Day, "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z")]
    [InlineData("America/Sao_Paulo", CalendarUnit.Day, "2018-11-04T02:59:59.9999999Z", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z")]
    [InlineData("America/Sao_Paulo", CalendarUnit.Day, "2018-02-17T12:00:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z")]
    [InlineData("America/Havana", CalendarUnit.Day, "2024-11-03T12:00:00Z", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z")]
    [InlineData("America/Havana", CalendarUnit.Day, "2024-11-03T05:15:00Z", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z")]
    [InlineData("America/Havana", CalendarUnit.Day, "2024-03-10T12:00:00Z", "2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z")]
    [InlineData("Pacific/Apia", CalendarUnit.Day, "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z")]
    [InlineData("Pacific/Apia", CalendarUnit.Day, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z")]
    [InlineData("Asia/Kolkata", CalendarUnit.Day, "2024-01-01T00:00:00Z", "2023-12-31T18:30:00Z", "2024-01-01T18:30:00Z")]
    [InlineData("Asia/Kathmandu", CalendarUnit.Hour, "2024-01-01T00:00:00Z", "2023-12-31T23:15:00Z", "2024-01-01T00:15:00Z")]
    [InlineData("UTC", CalendarUnit.Day, "2024-02-29T23:59:59.9999999Z", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z")]
    [InlineData("UTC", CalendarUnit.Month, "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z")]
    [InlineData("UTC", CalendarUnit.Month, "2023-02-28T12:00:00Z", "2023-02-01T00:00:00Z", "2023-03-01T00:00:00Z")]
    [InlineData("UTC", CalendarUnit.Month, "2100-02-28T12:00:00Z", "2100-02-01T00:00:00Z", "2100-03-01T00:00:00Z")]
    [InlineData("UTC", CalendarUnit.Month, "2024-12-31T23:59:59Z", "2024-12-01T00:00:00Z", "2025-01-01T00:00:00Z")]
    [InlineData("UTC", CalendarUnit.Year, "2024-12-31T23:59:59Z", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z")]
    [InlineData("UTC", CalendarUnit.Year, "2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z")]
    [InlineData("Europe/Berlin", CalendarUnit.Year, "2024-12-31T23:30:00Z", "2024-12-31T23:00:00Z", "2025-12-31T23:00:00Z")]
    [InlineData("America/New_York", CalendarUnit.Month, "2024-03-15T00:00:00Z", "2024-03-01T05:00:00Z", "2024-04-01T04:00:00Z")]
    [InlineData("Europe/Berlin", CalendarUnit.Week, "2024-03-31T12:00:00Z", "2024-03-24T23:00:00Z", "2024-03-31T22:00:00Z")]
    [InlineData("UTC", CalendarUnit.Week, "2025-01-01T00:00:00Z", "2024-12-30T00:00:00Z", "2025-01-06T00:00:00Z")]
    public void At_KnownDay_IsFromItsFirstInstantToTheNext(string zone, CalendarUnit unit, string instant, string start, string end)
    {
        var window = Grid(zone, unit).At(Instant(instant));

        Assert.Equal(Instant(start), window.Start);
        Assert.Equal(Instant(end), window.End);
    }

    [Theory]
    [InlineData("Europe/Berlin", CalendarUnit.Hour, "2024-03-31T00:30:00Z", "2024-03-31T00:00:00Z", "2024-03-31T01:00:00Z")]
    [InlineData("Europe/Berlin", CalendarUnit.Hour, "2024-03-31T01:00:00Z", "2024-03-31T01:00:00Z", "2024-03-31T02:00:00Z")]
    [InlineData("Europe/Berlin", CalendarUnit.Hour, "2024-10-27T00:30:00Z", "2024-10-27T00:00:00Z", "2024-10-27T01:00:00Z")]
    [InlineData("Europe/Berlin", CalendarUnit.Hour, "2024-10-27T01:30:00Z", "2024-10-27T01:00:00Z", "2024-10-27T02:00:00Z")]
    [InlineData("Australia/Lord_Howe", CalendarUnit.Hour, "2024-04-06T14:59:00Z", "2024-04-06T14:00:00Z", "2024-04-06T15:00:00Z")]
    [InlineData("Australia/Lord_Howe", CalendarUnit.Hour, "2024-04-06T15:15:00Z", "2024-04-06T15:00:00Z", "2024-04-06T15:30:00Z")]
    [InlineData("Australia/Lord_Howe", CalendarUnit.Hour, "2024-04-06T15:30:00Z", "2024-04-06T15:30:00Z", "2024-04-06T16:30:00Z")]
    [InlineData("Australia/Lord_Howe", CalendarUnit.Hour, "2024-10-05T15:29:00Z", "2024-10-05T14:30:00Z", "2024-10-05T15:30:00Z")]
    [InlineData("Australia/Lord_Howe", CalendarUnit.Hour, "2024-10-05T15:45:00Z", "2024-10-05T15:30:00Z", "2024-10-05T16:00:00Z")]
    [InlineData("Europe/Berlin", CalendarUnit.Minute, "2024-03-31T00:59:59Z", "2024-03-31T00:59:00Z", "2024-03-31T01:00:00Z")]
    [InlineData("Europe/Berlin", CalendarUnit.Minute, "2024-03-31T01:00:59Z", "2024-03-31T01:00:00Z", "2024-03-31T01:01:00Z")]
    public void At_ClockWindowNearAChange_IsCutThere(string zone, CalendarUnit unit, string instant, string start, string end)
    {
        var window = Grid(zone, unit).At(Instant(instant));

        Assert.Equal(Instant(start), window.Start);
        Assert.Equal(Instant(end), window.End);
    }

    /// <remarks>2024-05-15 was a Wednesday.</remarks>
    [Theory]
    [InlineData(DayOfWeek.Sunday, "2024-05-12")]
    [InlineData(DayOfWeek.Monday, "2024-05-13")]
    [InlineData(DayOfWeek.Tuesday, "2024-05-14")]
    [InlineData(DayOfWeek.Wednesday, "2024-05-15")]
    [InlineData(DayOfWeek.Thursday, "2024-05-09")]
    [InlineData(DayOfWeek.Friday, "2024-05-10")]
    [InlineData(DayOfWeek.Saturday, "2024-05-11")]
    public void At_Week_StartsOnTheChosenDay(DayOfWeek weekStart, string start)
    {
        var window = new CalendarGrid(CalendarUnit.Week, TimeZoneInfo.Utc, weekStart).At(Instant("2024-05-15T10:00:00Z"));

        Assert.Equal(Instant($"{start}T00:00:00Z"), window.Start);
        Assert.Equal(7 * Ticks.PerDay, window.End - window.Start);
    }

    public static TheoryData<string, CalendarUnit> DateGrids() => Grids(CalendarUnit.Day, CalendarUnit.Week, CalendarUnit.Month, CalendarUnit.Year);

    public static TheoryData<string, CalendarUnit> ClockGrids() => Grids(CalendarUnit.Minute, CalendarUnit.Hour);

    [Theory]
    [MemberData(nameof(DateGrids))]
    public void Windows_OverManyYears_TileTimeAndStartAtTheFirstInstantOfTheirDate(string zoneId, CalendarUnit unit)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        var grid = Grid(zoneId, unit);
        var (start, end) = grid.At(Instant("1990-06-15T00:00:00Z"));
        while (start < Instant("2030-01-01T00:00:00Z"))
        {
            CheckWindow(grid, start, end);
            var first = Local(zone, start);
            Assert.True(Opens(unit, first) || IsAfterGap(zone, start), $"a {unit} starts at {first:O}");

            // The local date does not change its unit inside, and does at the end.
            Assert.True(SameUnit(unit, first, Local(zone, end - 1)), $"from {first:O} to {Local(zone, end - 1):O}");
            Assert.False(SameUnit(unit, first, Local(zone, end)), $"{first:O} and {Local(zone, end):O} are two windows");
            var next = grid.At(end);
            Assert.Equal(end, next.Start);
            (start, end) = next;
        }
    }

    [Theory]
    [MemberData(nameof(ClockGrids))]
    public void Windows_AroundEveryChange_TileTimeAndAreNeverLongerThanTheirName(string zoneId, CalendarUnit unit)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        var grid = Grid(zoneId, unit);
        var length = unit == CalendarUnit.Minute ? TimeSpan.TicksPerMinute : TimeSpan.TicksPerHour;
        foreach (var change in Changes(zone))
        {
            var (start, end) = grid.At(change - (3 * length));
            while (start < change + (3 * length))
            {
                CheckWindow(grid, start, end);
                Assert.True(end - start <= length);
                Assert.True(start == change || Local(zone, start).Ticks % length == 0, $"starts at {Local(zone, start):O}");
                Assert.True(end == change || end - start == length || start == change, $"from {Local(zone, start):O} to {Local(zone, end):O}");
                Assert.False(start < change && end > change, $"spans the change at {new DateTime(change):O}");
                var next = grid.At(end);
                Assert.Equal(end, next.Start);
                (start, end) = next;
            }
        }
    }

    [Theory]
    [MemberData(nameof(DateGrids))]
    [MemberData(nameof(ClockGrids))]
    public void At_TheEndsOfTime_HoldsTheInstant(string zoneId, CalendarUnit unit)
    {
        var grid = Grid(zoneId, unit);
        foreach (var near in new[] { 0, 1, Ticks.PerDay - 1, Ticks.PerDay, 8 * Ticks.PerDay, 32 * Ticks.PerDay, 400 * Ticks.PerDay })
        {
            foreach (var instant in new[] { near, Ticks.MaxInstant - near })
            {
                // A grid of its own each time: the last window is remembered.
                var (start, end) = Grid(zoneId, unit).At(instant);
                Assert.True(start >= 0 && start <= instant && end > instant, $"{start} to {end} for {instant}");
                Assert.True(end == Ticks.Never || end <= Ticks.MaxInstant);
                Assert.Equal((start, end), grid.At(instant));
                Assert.Equal((start, end), Grid(zoneId, unit).At(start));
                Assert.Equal((start, end), Grid(zoneId, unit).At(Math.Min(Ticks.MaxInstant, end - 1)));
                if (end != Ticks.Never)
                {
                    Assert.Equal(end, Grid(zoneId, unit).At(end).Start);
                }
            }
        }
    }

    [Fact]
    public void At_FromManyThreads_IsAlwaysTheWindowOfTheInstant()
    {
        var grid = Grid("Europe/Berlin", CalendarUnit.Day);
        var from = Instant("2024-01-01T00:00:00Z");

        Parallel.For(0, 20_000, i =>
        {
            var instant = from + (i * 7_919L % 366 * Ticks.PerDay);
            var (start, end) = grid.At(instant);
            Assert.True(start <= instant && instant < end);
        });
    }

    [Fact]
    public void Constructor_NoZone_Throws() =>
        Assert.Throws<ArgumentNullException>(() => new FixedWindow(1, CalendarUnit.Day, null!));

    [Fact]
    public void FixedWindow_DayWithTwentyFiveHours_RetriesAtTheNextMidnight()
    {
        var limiter = new FixedWindow(3, CalendarUnit.Day, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        var midnight = Instant("2024-10-26T22:00:00Z");
        var state = limiter.Create(midnight);
        Assert.True(limiter.Acquire(ref state, 3, midnight).IsAllowed);

        Assert.Equal(25 * TimeSpan.TicksPerHour, limiter.Acquire(ref state, 1, midnight).RetryAfterTicks);
        Assert.False(limiter.Peek(state, 1, midnight + (25 * TimeSpan.TicksPerHour) - 1).IsAllowed);
        Assert.True(limiter.Acquire(ref state, 3, midnight + (25 * TimeSpan.TicksPerHour)).IsAllowed);
    }

    private static TheoryData<string, CalendarUnit> Grids(params CalendarUnit[] units)
    {
        var grids = new TheoryData<string, CalendarUnit>();
        foreach (var zone in Zones)
        {
            Array.ForEach(units, unit => grids.Add(zone, unit));
        }

        return grids;
    }

    private static CalendarGrid Grid(string zone, CalendarUnit unit) => new(unit, TimeZoneInfo.FindSystemTimeZoneById(zone));

    private static long Instant(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).UtcTicks;

    private static DateTime Local(TimeZoneInfo zone, long instant) =>
        TimeZoneInfo.ConvertTimeFromUtc(new DateTime(instant, DateTimeKind.Utc), zone);

    private static void CheckWindow(CalendarGrid grid, long start, long end)
    {
        Assert.True(end > start, "An empty window.");
        Assert.Equal((start, end), grid.At(end - 1));
        Assert.Equal((start, end), grid.At(start + ((end - start) / 2)));
        Assert.Equal((start, end), grid.At(start));
    }

    private static bool Opens(CalendarUnit unit, DateTime local) => local.TimeOfDay == TimeSpan.Zero && unit switch
    {
        CalendarUnit.Week => local.DayOfWeek == DayOfWeek.Monday,
        CalendarUnit.Month => local.Day == 1,
        CalendarUnit.Year => local.DayOfYear == 1,
        _ => true,
    };

    private static bool SameUnit(CalendarUnit unit, DateTime a, DateTime b) => unit switch
    {
        CalendarUnit.Week => Monday(a) == Monday(b),
        CalendarUnit.Month => (a.Year, a.Month) == (b.Year, b.Month),
        CalendarUnit.Year => a.Year == b.Year,
        _ => a.Date == b.Date,
    };

    private static DateTime Monday(DateTime local) => local.Date.AddDays(-(((int)local.DayOfWeek + 6) % 7));

    private static bool IsAfterGap(TimeZoneInfo zone, long instant) => Local(zone, instant) - Local(zone, instant - 1) > TimeSpan.FromTicks(1);

    /// <summary>The instants from 1990 to 2030 at which the offset changes, found by looking at every hour.</summary>
    private static IEnumerable<long> Changes(TimeZoneInfo zone)
    {
        var end = Instant("2030-01-01T00:00:00Z");
        for (var hour = Instant("1990-01-01T00:00:00Z"); hour < end; hour += TimeSpan.TicksPerHour)
        {
            if (Offset(zone, hour) == Offset(zone, hour + TimeSpan.TicksPerHour))
            {
                continue;
            }

            var (before, after) = (hour, hour + TimeSpan.TicksPerHour);
            while (after - before > 1)
            {
                var middle = before + ((after - before) / 2);
                (before, after) = Offset(zone, middle) == Offset(zone, hour) ? (middle, after) : (before, middle);
            }

            yield return after;
        }
    }

    private static TimeSpan Offset(TimeZoneInfo zone, long instant) => zone.GetUtcOffset(new DateTime(instant, DateTimeKind.Utc));
}
