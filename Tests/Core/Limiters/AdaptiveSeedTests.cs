using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

/// <summary>
/// asyncutils.buckets (MIT): what its LeakyBucket does, by the numbers of our list of its cases. Its values have four or more digits;
/// ours are in billionths, so they agree to the last digit that is published.
/// </summary>
/// <remarks>
/// The original starts full; ours starts empty, and is made full here. Case 2 is none; 9 and 11 are of its token bucket, and rows of a table.
/// </remarks>
public sealed class AdaptiveSeedTests
{
    private const long Second = Ticks.PerSecond;

    // A whole multiple of a second, as the times of the original's loop are.
    private const long Start = 638_712_345_670_000_000;

    private static readonly AdaptiveNumbers PerCall = new() { Mode = AdaptiveMode.PerCall };
    private readonly AdaptiveLeakyBucket _ten = Bucket(10, PerCall);

    public static TheoryData<long, string, string, string> SingleSteps => new()
    {
        // The edge values of its section: one step from a factor of 1. Capacity, fill level, factor before, after.
        { 10, "0", "1", "1.4" },
        { 10, "0.3", "1", "1.4" },
        { 10, "0.300000001", "1", "1" },
        { 10, "0.5", "1", "1" },
        { 10, "0.699999999", "1", "1" },
        { 10, "0.7", "1", "0.73" },
        { 10, "1", "1", "0.73" },
        { 127, "0.3", "1", "1.4" },
        { 128, "0.23", "1", "1.2" },
        { 128, "0.24", "1", "1" },
        { 255, "0.77", "1", "0.81" },
        { 256, "0.15", "1", "1.1" },
        { 256, "0.16", "1", "1" },
        { 256, "0.85", "1", "0.9" },

        // The dead band of one in a hundred.
        { 10, "0", "9.95", "9.95" },
        { 10, "0", "9.89", "10" },
        { 10, "1", "0.1005", "0.1005" },
        { 10, "0.5", "0.995", "0.995" },
        { 10, "0.5", "0.99", "1" },
        { 10, "0.5", "0.98", "1" },
        { 10, "0.5", "5", "5" },
    };

    [Theory]
    [MemberData(nameof(SingleSteps))]
    public void Adjust_PerCall_IsTheOriginalsStep(long capacity, string level, string before, string after)
    {
        var meter = new AdaptiveMeter(capacity, new Rate(1, Second), PerCall);

        Assert.Equal(Factor.Parse(after), meter.Adjust(meter.Full / Factor.Scale * Factor.Parse(level).Billionths, Factor.Parse(before)));
    }

    [Theory]
    [InlineData("1", "0.73 0.5329 0.389017 0.28398241 0.207307159 0.151334226 0.110473985 0.1")]
    [InlineData("0", "1.4 1.96 2.744 3.8416 5.37824 7.529536 10 10")]
    public void Adjust_StepAfterStep_IsTheOriginalsSequence(string level, string factors)
    {
        var meter = new AdaptiveMeter(10, new Rate(1, Second), PerCall);
        var factor = Factor.One;
        foreach (var expected in factors.Split(' '))
        {
            factor = meter.Adjust(meter.Full / Factor.Scale * Factor.Parse(level).Billionths, factor);
            Assert.Equal(Factor.Parse(expected), factor);
        }
    }

    /// <summary>From the floor a factor recovers to 0.9906 in the original, which the dead band keeps there for ever, and to 1 in the corrected one.</summary>
    [Theory]
    [InlineData(AdaptiveMode.PerCall, "0.9906")]
    [InlineData(AdaptiveMode.Elapsed, "1.0000")]
    public void Adjust_InTheMiddleFromTheFloor_RecoversThatFar(AdaptiveMode mode, string end)
    {
        var meter = new AdaptiveMeter(10, new Rate(1, Second), new() { Mode = mode });
        var factor = Factor.Parse("0.1");
        for (var i = 0; i < 60; i++)
        {
            factor = meter.Adjust(meter.Full / 2, factor);
        }

        Assert.Equal(end, factor.Value.ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Case 1: full at 0; nothing that does not wait adjusts anything.</summary>
    [Fact]
    public void Case1_FullAtZero_OneASecondPasses()
    {
        var state = _ten.CreateWith(0, Start);
        (double At, bool IsAllowed)[] asked = [(0, false), (1, true), (1, false), (1.5, false), (2, true)];

        Assert.All(asked, a => Assert.Equal(a.IsAllowed, _ten.Acquire(ref state, 1, Start + (long)(a.At * Second)).IsAllowed));
        Assert.Equal(Factor.One, _ten.FactorOf(state, Start + (2 * Second)));
    }

    /// <summary>Case 1, started empty, as ours does.</summary>
    [Fact]
    public void Case1_StartedEmpty_TenPassAndTheEleventhDoesNot()
    {
        var state = _ten.Create(Start);

        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(_ten.Acquire(ref state, 1, Start).IsAllowed));
        Assert.False(_ten.Acquire(ref state, 1, Start).IsAllowed);
    }

    [Fact]
    public void Case3_NotAdaptive_AWaitTakesOneSecond()
    {
        var steady = Bucket(10, PerCall with { MinFactor = Factor.One, MaxFactor = Factor.One });
        var state = steady.CreateWith(0, Start);

        Assert.Equal(Second, steady.Acquire(ref state, 1, Start, Ticks.Never).DelayTicks);
    }

    [Fact]
    public void Case4_FullWithTheDefaults_EachWaitEndsAtTheFloor()
    {
        var state = _ten.CreateWith(0, Start);

        Near(8.29499, Wait(ref state, out var now, Start));
        Assert.Equal(Factor.Parse("0.1"), _ten.FactorOf(state, now));
        Near(10, Wait(ref state, out now, now));
        Near(10, Wait(ref state, out now, now));
        Assert.Equal(Factor.Parse("0.1"), _ten.FactorOf(state, now));
    }

    [Fact]
    public void Case5_EmptyTwelveWaits_FactorsAndWaitsAreTheOriginals()
    {
        var state = _ten.Create(Start);
        foreach (var factor in new[] { "1.4", "1.96", "2.744", "3.8416", "3.8416", "3.8416", "3.8416", "2.804368", "2.04718864", "1.494447707" })
        {
            Assert.Equal(0, Wait(ref state, out var now, Start));
            Assert.Equal(Factor.Parse(factor), _ten.FactorOf(state, now));
        }

        Near(7.0853, Wait(ref state, out var later, Start), 0.00005);
        Near(10, Wait(ref state, out _, later));
    }

    /// <summary>
    /// Case 6: the original's loop drains and adjusts once a second while a bucket is in use; that is what adjusting by elapsed
    /// time does at any time. It is filled a tick before the first second, so that the loop's first look counts.
    /// </summary>
    [Theory]
    [InlineData(0, 10, 0.73)]
    [InlineData(1, 9.27, 0.5329)]
    [InlineData(2, 8.7371, 0.389017)]
    [InlineData(7, 7.595, 0.1)]
    [InlineData(12, 7.095, 0.1)]
    [InlineData(13, 6.995, 0.105)]
    public void Case6_LoopOnceASecond_LevelAndFactorFollow(int seconds, double level, double factor)
    {
        var meter = new AdaptiveMeter(10, new Rate(1, Second), new());
        var full = new AdaptiveState { Level = meter.Full, Factor = Factor.One, At = Start - 1, Last = Start - 1 };

        var state = meter.Pass(full, Start + (seconds * Second));

        Near(level, (double)state.Level / (double)meter.UnitsPerPermit, 0.0005);
        Near(factor, (double)state.Factor.Value, 0.0005);
    }

    [Fact]
    public void Case7_FactorSet_IsClampedAndMayBeForbidden()
    {
        var settable = Bucket(10, PerCall with { IsSettable = true });
        var state = settable.CreateWith(0, Start);

        Assert.Equal(Factor.Parse("10"), settable.SetFactor(ref state, Factor.Parse("50"), Start));
        Assert.Equal(Factor.Parse("0.1"), settable.SetFactor(ref state, Factor.Parse("0.01"), Start));
        Assert.Equal(Factor.One, settable.SetFactor(ref state, Factor.One, Start));
        var thrown = Assert.Throws<InvalidOperationException>(() => _ten.SetFactor(ref state, Factor.One, Start));
        Assert.Contains("settable: true", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Case8_AboveCapacity_NeverFitsAtOnce()
    {
        var state = _ten.Create(Start);

        Assert.True(_ten.Acquire(ref state, 11, Start).NeverFits);
        Assert.True(_ten.Acquire(ref state, 11, Start, Ticks.Never).NeverFits);
    }

    /// <summary>Case 12 for this limiter: who leaves the line pays nothing, and the next is served as if nobody had been there.</summary>
    [Fact]
    public void Case12_WaitTakenBack_LeavesLevelAndFactorAsTheyWere()
    {
        var state = _ten.CreateWith(0, Start);
        var before = ((ILimiter<AdaptiveState>)_ten).Copy(state);
        var first = _ten.Acquire(ref state, 1, Start, Ticks.Never);

        Assert.True(_ten.UndoNewest(ref state, before, first.Grant, Start));

        Assert.Equal(first, _ten.Acquire(ref state, 1, Start, Ticks.Never));
    }

    /// <summary>A bucket kept full leaks at floor × leak for ever; the floor is what a rule promises to those who wait.</summary>
    [Theory]
    [InlineData("0.1", 0.1)]
    [InlineData("0.5", 0.5)]
    [InlineData("1", 1)]
    public void Acquire_KeptFull_IsServedAtTheFloorAtLeast(string floor, double perSecond)
    {
        var limiter = Bucket(10, new() { MinFactor = Factor.Parse(floor) });
        var state = limiter.CreateWith(0, Start);
        var last = Start;
        for (var i = 0; i < 200; i++)
        {
            var granted = limiter.Acquire(ref state, 1, last, Ticks.Never);
            last = granted.Grant.ValidAt;
        }

        Assert.InRange(last - Start, 0, (long)(200 * Second / perSecond) + 1);
    }

    /// <summary>Many askers or few: the factor is the same, which it is not per call.</summary>
    [Fact]
    public void Elapsed_AskedOftenOrOnce_AnswersTheSame()
    {
        var limiter = Bucket(10, new());
        var (watched, left) = (limiter.CreateWith(0, Start), limiter.CreateWith(0, Start));
        for (var now = Start; now < Start + (12 * Second); now += Second / 7)
        {
            limiter.Peek(watched, 1, now, Ticks.Never);
            limiter.Return(ref watched, default, now);
            Assert.False(limiter.Acquire(ref watched, 10, now).IsAllowed);
        }

        var end = Start + (12 * Second);
        Assert.Equal(limiter.Peek(left, 1, end), limiter.Peek(watched, 1, end));
        Assert.Equal(limiter.FactorOf(left, end), limiter.FactorOf(watched, end));
    }

    private static AdaptiveLeakyBucket Bucket(long capacity, AdaptiveNumbers numbers) => new(capacity, new Rate(1, Second), numbers);

    private static void Near(double expected, double actual, double within = 0.00001) => Assert.InRange(actual, expected - within, expected + within);

    private double Wait(ref AdaptiveState state, out long until, long now)
    {
        var granted = _ten.Acquire(ref state, 1, now, Ticks.Never);
        until = granted.Grant.ValidAt;
        return (double)granted.DelayTicks / Second;
    }
}
