using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Rules;

public sealed class DurabilityTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private const long Minute = TimeSpan.TicksPerMinute;
    private const long Hour = TimeSpan.TicksPerHour;
    private const long Day = TimeSpan.TicksPerDay;

    public static TheoryData<LimiterSpec, long> RefillTimes => new()
    {
        { new TokenBucketSpec(20, new Rate(10, Second)), 2 * Second },
        { new TokenBucketSpec(1, new Rate(3, Second)), 3_333_334 },
        { new TokenBucketSpec([new Bandwidth(20, new Rate(10, Second)), new Bandwidth(500, new Rate(100, Hour))]), 5 * Hour },
        { new TokenBucketSpec([]), 0 },
        { new TokenBucketSpec(Limits.MaxPermits, new Rate(1, Limits.MaxPeriodTicks)), Ticks.Never },
        { new TokenBucketSpec(1, default), 0 },
        { new TokenBucketSpec(1, new Rate(0, Second)), Ticks.Never },
        { new GcraSpec(new Rate(1, Minute), 3), 3 * Minute },
        { new LeakyBucketSpec(7, new Rate(2, Second)), 35 * Second / 10 },
        { new LeakyBucketSpec(7, new Rate(2, Second), new()), 35 * Second },
        { new LeakyBucketSpec(7, new Rate(2, Second), new() { MinFactor = new(333_333_333) }), 105_000_001 },
        { new LeakyBucketSpec(7, new Rate(2, Second), new() { MinFactor = default }), 35 * Second / 10 },
        { new FixedWindowSpec(5, Minute), Minute },
        { new FixedWindowSpec(5, 0, CalendarUnit.Minute), Minute },
        { new FixedWindowSpec(5, 0, CalendarUnit.Hour), Hour },
        { new FixedWindowSpec(5, 0, CalendarUnit.Day), Day + Hour },
        { new FixedWindowSpec(5, 0, CalendarUnit.Week), (7 * Day) + Hour },
        { new FixedWindowSpec(5, 0, CalendarUnit.Month), (31 * Day) + Hour },
        { new FixedWindowSpec(5, 0, CalendarUnit.Year), (366 * Day) + Hour },
        { new SlidingLogSpec(5, Minute), Minute },
        { new SlidingWindowSpec(5, Minute), Minute },
        { new SpacingSpec(Second, 0), 11 * Second / 10 },
        { new SpacingSpec(Second, 9), 101 * Second / 10 },
        { new SpacingSpec(Second, 9, 0), 10 * Second },
        { new SpacingSpec(Limits.MaxPeriodTicks, int.MaxValue), Ticks.Never },
        { new QueueSpec(7, new Rate(2, Second)), 35 * Second / 10 },
        { new ConcurrencySpec(5, Minute), Minute },
        { new ConcurrencySpec(5, -1), 0 },
    };

    [Theory]
    [MemberData(nameof(RefillTimes))]
    public void RefillTicks_OfEachAlgorithm_IsTheTimeASpentBucketNeeds(LimiterSpec spec, long ticks) =>
        Assert.Equal(ticks, spec.RefillTicks);

    [Theory]
    [InlineData("Europe/Berlin", CalendarUnit.Day)]
    [InlineData("Australia/Lord_Howe", CalendarUnit.Day)]
    [InlineData("Europe/Berlin", CalendarUnit.Week)]
    [InlineData("Europe/Berlin", CalendarUnit.Month)]
    [InlineData("America/New_York", CalendarUnit.Month)]
    [InlineData("Europe/Berlin", CalendarUnit.Year)]
    public void RefillTicks_OfACalendarUnit_NoWindowIsLonger(string zone, CalendarUnit unit)
    {
        var grid = new CalendarGrid(unit, TimeZoneInfo.FindSystemTimeZoneById(zone));
        var most = new FixedWindowSpec(1, 0, unit, zone).RefillTicks;

        for (var (start, end) = grid.At(Ticks.UnixEpoch + (20_000 * Day)); start < Ticks.UnixEpoch + (23_000 * Day); (start, end) = grid.At(end))
        {
            Assert.InRange(end - start, 1, most);
        }
    }

    [Theory]
    [InlineData(Durability.Auto, Minute, false)]
    [InlineData(Durability.Auto, Minute + 1, true)]
    [InlineData(Durability.Memory, Minute + 1, false)]
    [InlineData(Durability.Persisted, Minute, true)]
    public void IsPersisted_AroundAMinute_FollowsDurability(Durability durability, long windowTicks, bool isPersisted)
    {
        var rule = SomeRules.Rule("r") with { Limit = new FixedWindowSpec(5, windowTicks), Durability = durability };

        Assert.Equal(isPersisted, rule.IsPersisted());
    }

    [Theory]
    [InlineData(Durability.Auto, true)]
    [InlineData(Durability.Memory, false)]
    [InlineData(Durability.Persisted, true)]
    public void IsPersisted_OfAQueue_IsUnlessItSaysMemory(Durability durability, bool isPersisted)
    {
        var rule = LimitBy.Queue("mail", 2, "1/s") with { Durability = durability };

        Assert.Equal(isPersisted, rule.IsPersisted());
    }

    [Fact]
    public void Durability_NotSaid_IsAuto() => Assert.Equal(Durability.Auto, SomeRules.Rule("r").Durability);
}
