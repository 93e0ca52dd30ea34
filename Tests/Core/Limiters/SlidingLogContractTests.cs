using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class SlidingLogContractTests : LimiterContract<SlidingLogState>
{
    protected override IReadOnlyList<(string Name, ILimiter<SlidingLogState> Limiter)> Cases { get; } =
    [
        ("5 in 1s", new SlidingLog(5, Ticks.PerSecond)),
        ("10 in 1s", new SlidingLog(10, Ticks.PerSecond)),
        ("1 in 1µs", new SlidingLog(1, Limits.MinPeriodTicks)),
        ("3 in 11 ticks", new SlidingLog(3, 11)),
        ("1,000 in 1h", new SlidingLog(1_000, 3_600 * Ticks.PerSecond)),
        ("2^53 in 1µs", new SlidingLog(Limits.MaxPermits, Limits.MinPeriodTicks)),
        ("2^53 in 400d", new SlidingLog(Limits.MaxPermits, Limits.MaxPeriodTicks)),
        ("2^53-1 in 400d less a tick", new SlidingLog(Limits.MaxPermits - 1, Limits.MaxPeriodTicks - 1)),
        ("7 in 10,000,019 ticks", new SlidingLog(7, 10_000_019)),
    ];

    protected override bool SetsAside => false;

    protected override long MostAfter(OnChange onChange, long before, ILimiter<SlidingLogState> old, ILimiter<SlidingLogState> changed) =>
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
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => new SlidingLog(limit, windowTicks));

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CarryOver_Proportional_KeepsTheShareOfManySmallEntries()
    {
        var old = new SlidingLog(100, Ticks.PerSecond);
        var changed = new SlidingLog(10, Ticks.PerSecond);
        var state = old.Create(Start);
        for (var i = 0; i < 60; i++)
        {
            old.Acquire(ref state, 1, Start + i);
        }

        var carried = changed.CarryOver(state, old, OnChange.Proportional, Start + 60);

        Assert.Equal(4, changed.Peek(carried, 0, Start + 60).Remaining);
    }

    [Fact]
    public void Save_OfEqualInstants_HoldsThemOnce()
    {
        var limiter = new SlidingLog(10_000, Ticks.PerSecond);
        var once = limiter.Create(Start);
        var often = limiter.Create(Start);
        limiter.Acquire(ref once, 1_000, Start);
        for (var i = 0; i < 1_000; i++)
        {
            limiter.Acquire(ref often, 1, Start);
        }

        Assert.Equal(limiter.Save(once), limiter.Save(often));
    }

    [Fact]
    public void Save_AfterManyWindows_HoldsNoMoreEntriesThanTheLimit()
    {
        var limiter = new SlidingLog(20, 1_000);
        var state = limiter.Create(Start);
        var most = 0;
        for (var now = Start; now < Start + 50_000; now += 7)
        {
            limiter.Acquire(ref state, 1, now);
            most = Math.Max(most, limiter.Save(state).Length);
        }

        Assert.Equal(limiter.Save(limiter.Create(Start)).Length + (20 * 16), most);
    }

    [Fact]
    public void Return_InAnyOrder_GivesEachBack()
    {
        var limiter = new SlidingLog(3, Ticks.PerSecond);
        var state = limiter.Create(Start);
        var grants = Enumerable.Range(0, 6).Select(i => limiter.Acquire(ref state, 1, Start + i, Ticks.PerDay).Grant).ToArray();

        foreach (var i in new[] { 4, 0, 5, 2, 1, 3 })
        {
            Assert.True(limiter.Return(ref state, grants[i], Start + 6), $"grant {i}");
        }

        Assert.True(limiter.IsNew(state, Start + 6));
    }
}
