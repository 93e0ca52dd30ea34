using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class FixedWindowContractTests : LimiterContract<FixedWindowState>
{
    protected override IReadOnlyList<(string Name, ILimiter<FixedWindowState> Limiter)> Cases { get; } =
    [
        ("5 in 1s", new FixedWindow(5, Ticks.PerSecond)),
        ("10 in 1s", new FixedWindow(10, Ticks.PerSecond)),
        ("1 in 1µs", new FixedWindow(1, Limits.MinPeriodTicks)),
        ("3 in 11 ticks", new FixedWindow(3, 11)),
        ("1,000 in 1h", new FixedWindow(1_000, 3_600 * Ticks.PerSecond)),
        ("2^53 in 1µs", new FixedWindow(Limits.MaxPermits, Limits.MinPeriodTicks)),
        ("2^53 in 400d", new FixedWindow(Limits.MaxPermits, Limits.MaxPeriodTicks)),
        ("2^53-1 in 400d less a tick", new FixedWindow(Limits.MaxPermits - 1, Limits.MaxPeriodTicks - 1)),
        ("7 in 10,000,019 ticks", new FixedWindow(7, 10_000_019)),
        ("5 in 1s from first use", new FixedWindow(5, Ticks.PerSecond, WindowAnchor.FirstUse)),
        ("3 in 11 ticks from first use", new FixedWindow(3, 11, WindowAnchor.FirstUse)),
        ("2^53 in 400d from first use", new FixedWindow(Limits.MaxPermits, Limits.MaxPeriodTicks, WindowAnchor.FirstUse)),
        ("5 a minute in UTC", new FixedWindow(5, CalendarUnit.Minute, TimeZoneInfo.Utc)),
        ("5 an hour in Lord Howe", new FixedWindow(5, CalendarUnit.Hour, TimeZoneInfo.FindSystemTimeZoneById("Australia/Lord_Howe"))),
        ("6 a day in Berlin", new FixedWindow(6, CalendarUnit.Day, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"))),
        ("8 a week from Sunday in New York", new FixedWindow(
            8, CalendarUnit.Week, TimeZoneInfo.FindSystemTimeZoneById("America/New_York"), DayOfWeek.Sunday)),
        ("2^53 a month in Kolkata", new FixedWindow(
            Limits.MaxPermits, CalendarUnit.Month, TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata"))),
        ("1 a year in Sao Paulo", new FixedWindow(1, CalendarUnit.Year, TimeZoneInfo.FindSystemTimeZoneById("America/Sao_Paulo"))),
    ];

    protected override long MostAfter(OnChange onChange, long before, ILimiter<FixedWindowState> old, ILimiter<FixedWindowState> changed) =>
        onChange == OnChange.Proportional
            ? (long)((Int128)before * changed.Limit / old.Limit)
            : Math.Max(0, changed.Limit - (old.Limit - before));

    [Theory]
    [InlineData(0, 10, "limit is 0; use 1 to 9007199254740992.")]
    [InlineData(-7, 10, "limit is -7; use 1 to 9007199254740992.")]
    [InlineData(Limits.MaxPermits + 1, 10, "limit is 9007199254740993; use 1 to 9007199254740992.")]
    [InlineData(1, 9, "windowTicks is 9 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(1, -1, "windowTicks is -1 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    [InlineData(1, Limits.MaxPeriodTicks + 1, "windowTicks is 345600000000001 ticks of 100 ns; use 10 (1 µs) to 345600000000000 (400 days).")]
    public void Constructor_NumberOutOfRange_ThrowsNamingValueAndRange(long limit, long windowTicks, string message)
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => new FixedWindow(limit, windowTicks));

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Acquire_InTheNextWindow_CountsAnew()
    {
        var limiter = new FixedWindow(5, Ticks.PerSecond);
        var edge = Ticks.UnixEpoch + (1_000 * Ticks.PerSecond);
        var state = limiter.Create(edge - 1);
        Assert.True(limiter.Acquire(ref state, 5, edge - 1).IsAllowed);
        Assert.Equal(1, limiter.Acquire(ref state, 1, edge - 1).RetryAfterTicks);

        Assert.True(limiter.Acquire(ref state, 5, edge).IsAllowed);
        Assert.Equal(Ticks.PerSecond, limiter.Acquire(ref state, 1, edge).RetryAfterTicks);
    }

    [Fact]
    public void Return_OfAClosedWindowsGrant_GivesNothing()
    {
        var limiter = new FixedWindow(5, Ticks.PerSecond);
        var edge = Ticks.UnixEpoch + (1_000 * Ticks.PerSecond);
        var state = limiter.Create(edge - 1);
        var old = limiter.Acquire(ref state, 3, edge - 1);
        limiter.Acquire(ref state, 5, edge);

        Assert.False(limiter.Return(ref state, old.Grant, edge));
        Assert.Equal(0, limiter.Peek(state, 0, edge).Remaining);
    }

    [Fact]
    public void Acquire_ReservedInTheNextWindow_LosesTheRestOfThisOne()
    {
        var limiter = new FixedWindow(5, Ticks.PerSecond);
        var state = limiter.Create(Ticks.UnixEpoch);
        limiter.Acquire(ref state, 3, Ticks.UnixEpoch);

        var reserved = limiter.Acquire(ref state, 4, Ticks.UnixEpoch, Ticks.PerSecond);

        Assert.Equal(Ticks.UnixEpoch + Ticks.PerSecond, reserved.Grant.ValidAt);
        Assert.Equal(Ticks.PerSecond, limiter.Acquire(ref state, 1, Ticks.UnixEpoch).RetryAfterTicks);
        Assert.Equal(2 * Ticks.PerSecond, limiter.Acquire(ref state, 2, Ticks.UnixEpoch).RetryAfterTicks);
    }

    [Fact]
    public void Acquire_FromFirstUse_TheWindowStartsThenAndEndsExactlyAfterItsLength()
    {
        var limiter = new FixedWindow(2, Ticks.PerSecond, WindowAnchor.FirstUse);
        var state = limiter.Create(Start);
        var first = Start + 3_333_333;

        Assert.Equal(Ticks.PerSecond, limiter.Acquire(ref state, 1, first).ResetAfterTicks);
        Assert.True(limiter.Acquire(ref state, 1, first + 9_999_998).IsAllowed);
        Assert.Equal(1, limiter.Acquire(ref state, 1, first + 9_999_999).RetryAfterTicks);
        Assert.False(limiter.IsNew(state, first + 9_999_999));
        Assert.True(limiter.IsNew(state, first + Ticks.PerSecond));

        var again = limiter.Acquire(ref state, 2, first + (5 * Ticks.PerSecond) + 7);
        Assert.Equal((true, Ticks.PerSecond), (again.IsAllowed, again.ResetAfterTicks));
    }

    [Fact]
    public void GiveBack_FromFirstUse_OfEverything_ThereIsNoWindowAnyMore()
    {
        var limiter = new FixedWindow(2, Ticks.PerSecond, WindowAnchor.FirstUse);
        var state = limiter.Create(Start);
        limiter.Acquire(ref state, 2, Start);
        limiter.GiveBack(ref state, 2, Start + 600);

        Assert.Equal(Ticks.PerSecond, limiter.Acquire(ref state, 1, Start + 600).ResetAfterTicks);
    }

    [Theory]
    [InlineData(10, 20, 7, 17)]
    [InlineData(10, 4, 7, 1)]
    [InlineData(10, 3, 10, 0)]
    [InlineData(10, 1, 10, 0)]
    [InlineData(4, 10, 1, 7)]
    [InlineData(2, 10, 0, 7)]
    public void CarryOver_FromFirstUseToAnotherLength_KeepsTheStart(long limit, long seconds, long remaining, long endsInSeconds)
    {
        // Used 3 of 10 three seconds ago, in a window of 6 seconds. What would have ended by now is new.
        var old = new FixedWindow(10, 6 * Ticks.PerSecond, WindowAnchor.FirstUse);
        var changed = new FixedWindow(limit, seconds * Ticks.PerSecond, WindowAnchor.FirstUse);
        var state = old.Create(Start);
        old.Acquire(ref state, 3, Start);
        var now = Start + (3 * Ticks.PerSecond);

        var carried = changed.CarryOver(state, old, OnChange.Keep, now);

        var decision = changed.Peek(carried, 0, now);
        Assert.Equal((remaining, endsInSeconds * Ticks.PerSecond), (decision.Remaining, decision.ResetAfterTicks));
    }

    [Theory]
    [InlineData(OnChange.Keep, 78)]
    [InlineData(OnChange.Proportional, 0)]
    [InlineData(OnChange.Additive, 78)]
    [InlineData(OnChange.Reset, 100)]
    public void CarryOver_ReservedAheadToALongerWindow_CountsWhatWasUsedBefore(OnChange onChange, long expected)
    {
        var old = new FixedWindow(10, Ticks.PerSecond);
        var changed = new FixedWindow(100, 10 * Ticks.PerSecond);
        var state = old.Create(Ticks.UnixEpoch);
        old.Acquire(ref state, 10, Ticks.UnixEpoch);
        Assert.Equal(Ticks.PerSecond, old.Acquire(ref state, 4, Ticks.UnixEpoch, Ticks.Never).DelayTicks);
        Assert.Equal(2 * Ticks.PerSecond, old.Acquire(ref state, 8, Ticks.UnixEpoch, Ticks.Never).DelayTicks);

        var carried = changed.CarryOver(state, old, onChange, Ticks.UnixEpoch);

        Assert.Equal(expected, changed.Peek(carried, 0, Ticks.UnixEpoch).Remaining);
    }

    [Theory]
    [InlineData(OnChange.Keep, 12)]
    [InlineData(OnChange.Proportional, 4)]
    public void Return_OfTheOnlyReservationAfterAChange_FillsThePresentWindowOn(OnChange onChange, long expected)
    {
        var old = new FixedWindow(10, Ticks.PerSecond);
        var changed = new FixedWindow(20, Ticks.PerSecond);
        var state = old.Create(Ticks.UnixEpoch);
        old.Acquire(ref state, 8, Ticks.UnixEpoch);
        var reserved = old.Acquire(ref state, 5, Ticks.UnixEpoch, Ticks.Never);

        var carried = changed.CarryOver(state, old, onChange, Ticks.UnixEpoch);
        carried = changed.Restore(changed.Save(carried));
        Assert.True(changed.Return(ref carried, reserved.Grant with { Permits = 10 }, Ticks.UnixEpoch));

        Assert.Equal(expected, changed.Peek(carried, 0, Ticks.UnixEpoch).Remaining);
    }
}
