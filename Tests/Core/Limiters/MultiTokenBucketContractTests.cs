using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

public sealed class MultiTokenBucketContractTests : LimiterContract<MultiTokenBucketState>
{
    protected override IReadOnlyList<(string Name, ILimiter<MultiTokenBucketState> Limiter)> Cases { get; } =
    [
        ("one: 5 at 1/s", new MultiTokenBucket(new Bandwidth(5, new Rate(1, Ticks.PerSecond)))),
        ("20 at 10/s, 1,000 at 1,000/h", new MultiTokenBucket(
            new Bandwidth(20, new Rate(10, Ticks.PerSecond)), new Bandwidth(1_000, new Rate(1_000, 3_600 * Ticks.PerSecond)))),
        ("1,000 at 1,000/h, 20 at 10/s", new MultiTokenBucket(
            new Bandwidth(1_000, new Rate(1_000, 3_600 * Ticks.PerSecond)), new Bandwidth(20, new Rate(10, Ticks.PerSecond)))),
        ("10 at 1/s, 10 at 3/s, 12 at 7/min", new MultiTokenBucket(
            new Bandwidth(10, new Rate(1, Ticks.PerSecond)),
            new Bandwidth(10, new Rate(3, Ticks.PerSecond)),
            new Bandwidth(12, new Rate(7, 60 * Ticks.PerSecond)))),
        ("1 at 1/µs, 2^53 at 2^53/400d", new MultiTokenBucket(
            new Bandwidth(1, new Rate(1, Limits.MinPeriodTicks)), new Bandwidth(Limits.MaxPermits, new Rate(Limits.MaxPermits, Limits.MaxPeriodTicks)))),
        ("2^53 at 2^53/µs, 2^53 at 1/400d", new MultiTokenBucket(
            new Bandwidth(Limits.MaxPermits, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks)),
            new Bandwidth(Limits.MaxPermits, new Rate(1, Limits.MaxPeriodTicks)))),
        ("sixteen", new MultiTokenBucket([.. Enumerable.Range(1, 16).Select(i => new Bandwidth(100 + i, new Rate(i, Ticks.PerSecond)))])),
    ];

    protected override long MostAfter(OnChange onChange, long before, ILimiter<MultiTokenBucketState> old, ILimiter<MultiTokenBucketState> changed) =>
        // What each bandwidth may grow by differs; that the mode is kept for each is tested with numbers below.
        onChange == OnChange.Keep ? Math.Min(before, changed.Limit) : changed.Limit;

    [Theory]
    [InlineData(OnChange.Keep, 4)]
    [InlineData(OnChange.Proportional, 8)]
    [InlineData(OnChange.Additive, 14)]
    [InlineData(OnChange.Reset, 20)]
    public void CarryOver_SameNumberOfBandwidths_CarriesEachInItsPlace(OnChange onChange, long expected)
    {
        var old = new MultiTokenBucket(new Bandwidth(10, new Rate(1, Ticks.PerDay)), new Bandwidth(100, new Rate(1, Ticks.PerDay)));
        var changed = new MultiTokenBucket(new Bandwidth(20, new Rate(1, Ticks.PerDay)), new Bandwidth(200, new Rate(1, Ticks.PerDay)));
        var state = old.Create(Start);
        old.Acquire(ref state, 6, Start);

        var carried = changed.CarryOver(state, old, onChange, Start);

        Assert.Equal(expected, changed.Peek(carried, 0, Start).Remaining);
    }

    [Fact]
    public void CarryOver_OtherNumberOfBandwidths_StartsFromWhatTheScarcestCouldGive()
    {
        var old = new MultiTokenBucket(new Bandwidth(10, new Rate(1, Ticks.PerDay)), new Bandwidth(100, new Rate(1, Ticks.PerDay)));
        var one = new MultiTokenBucket(new Bandwidth(50, new Rate(1, Ticks.PerDay)));
        var state = old.Create(Start);
        old.Acquire(ref state, 6, Start);

        var carried = one.CarryOver(state, old, OnChange.Keep, Start);

        Assert.Equal(4, one.Peek(carried, 0, Start).Remaining);
    }

    [Theory]
    [InlineData(OnChange.Keep, 10)]
    [InlineData(OnChange.Proportional, 5)]
    [InlineData(OnChange.Additive, 50)]
    [InlineData(OnChange.Reset, 100)]
    public void CarryOver_OtherNumberOfBandwidths_ForgetsNoneThatWasUsedUp(OnChange onChange, long expected)
    {
        Rate slow = new(1, Limits.MaxPeriodTicks);
        var old = new MultiTokenBucket(new Bandwidth(10, new Rate(10, Ticks.PerSecond)), new Bandwidth(1_000, slow));
        var changed = new MultiTokenBucket(new Bandwidth(100, slow), new Bandwidth(1_000, slow), new Bandwidth(5_000, slow));
        var state = old.Create(Start);
        for (var second = 0; second < 95; second++)
        {
            Assert.True(old.Acquire(ref state, 10, Start + (second * Ticks.PerSecond)).IsAllowed);
        }

        // The small bandwidth is full again, of the large one 50 in 1,000 are left.
        var now = Start + (95 * Ticks.PerSecond);
        var carried = changed.CarryOver(state, old, onChange, now);

        Assert.Equal(expected, changed.Peek(carried, 0, now).Remaining);
    }

    [Fact]
    public void Acquire_LongestWaitWins()
    {
        var limiter = new MultiTokenBucket(new Bandwidth(10, new Rate(10, Ticks.PerSecond)), new Bandwidth(10, new Rate(1, Ticks.PerSecond)));
        var state = Drained(limiter, Start);

        Assert.Equal(3 * Ticks.PerSecond, limiter.Acquire(ref state, 3, Start).RetryAfterTicks);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    public void Constructor_TooFewOrTooManyBandwidths_ThrowsNamingCountAndRange(int count)
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(
            () => new MultiTokenBucket([.. Enumerable.Repeat(new Bandwidth(1, new Rate(1, 10)), count)]));

        Assert.StartsWith($"There are {count} bandwidths; use 1 to 16.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_BandwidthOutOfRange_Throws()
    {
        var good = new Bandwidth(1, new Rate(1, 10));

        Assert.Throws<ArgumentOutOfRangeException>(() => new MultiTokenBucket(good, new Bandwidth(0, new Rate(1, 10))));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MultiTokenBucket(good, new Bandwidth(1, new Rate(0, 10))));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MultiTokenBucket(good, new Bandwidth(1, new Rate(1, 9))));
    }

    [Fact]
    public void Restore_OfAnotherNumberOfBandwidths_ThrowsFormatException()
    {
        var one = new MultiTokenBucket(new Bandwidth(5, new Rate(1, Ticks.PerSecond)));
        var two = new MultiTokenBucket(new Bandwidth(5, new Rate(1, Ticks.PerSecond)), new Bandwidth(5, new Rate(1, Ticks.PerSecond)));

        Assert.Throws<FormatException>(() => two.Restore(one.Save(one.Create(Start))));
        Assert.Throws<FormatException>(() => one.Restore(two.Save(two.Create(Start))));
    }
}
