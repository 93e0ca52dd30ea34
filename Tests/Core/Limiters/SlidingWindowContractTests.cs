using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class SlidingWindowContractTests : LimiterContract<SlidingWindowState>
{
    protected override IReadOnlyList<(string Name, ILimiter<SlidingWindowState> Limiter)> Cases { get; } =
    [
        ("5 in 1s", new SlidingWindow(5, Ticks.PerSecond)),
        ("10 in 1s", new SlidingWindow(10, Ticks.PerSecond)),
        ("1 in 1µs", new SlidingWindow(1, Limits.MinPeriodTicks)),
        ("3 in 11 ticks", new SlidingWindow(3, 11)),
        ("1,000 in 1h", new SlidingWindow(1_000, 3_600 * Ticks.PerSecond)),
        ("2^53 in 1µs", new SlidingWindow(Limits.MaxPermits, Limits.MinPeriodTicks)),
        ("2^53 in 400d", new SlidingWindow(Limits.MaxPermits, Limits.MaxPeriodTicks)),
        ("2^53-1 in 400d less a tick", new SlidingWindow(Limits.MaxPermits - 1, Limits.MaxPeriodTicks - 1)),
        ("7 in 10,000,019 ticks", new SlidingWindow(7, 10_000_019)),
    ];

    protected override long MostAfter(OnChange onChange, long before, ILimiter<SlidingWindowState> old, ILimiter<SlidingWindowState> changed) =>
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
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => new SlidingWindow(limit, windowTicks));

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OnChange.Keep, 179)]
    [InlineData(OnChange.Proportional, 0)]
    [InlineData(OnChange.Additive, 179)]
    [InlineData(OnChange.Reset, 200)]
    public void CarryOver_ReservedAheadToALongerWindow_CountsWhatWasUsedBefore(OnChange onChange, long expected)
    {
        var old = new SlidingWindow(10, Ticks.PerSecond);
        var changed = new SlidingWindow(200, 10 * Ticks.PerSecond);
        var state = old.Create(Ticks.UnixEpoch);
        old.Acquire(ref state, 10, Ticks.UnixEpoch);
        Assert.Equal(2 * Ticks.PerSecond, old.Acquire(ref state, 10, Ticks.UnixEpoch, Ticks.Never).DelayTicks);

        // 20 are known; the window before the present one is not known any more, and still weighs a ten-millionth of a full one.
        var carried = changed.CarryOver(state, old, onChange, Ticks.UnixEpoch + Ticks.PerSecond - 1);

        Assert.Equal(expected, changed.Peek(carried, 0, Ticks.UnixEpoch + Ticks.PerSecond - 1).Remaining);
    }
}
