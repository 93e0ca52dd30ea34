using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

/// <summary>Where exactly a stored state stops covering the actual one, limiter by limiter.</summary>
public sealed class CoversTests
{
    private const long Start = Ticks.UnixEpoch;

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void TokenBucket_StoredRisesAboveActual_IsCoveredUpToTheSameUnit(long offsetTicks, bool isCovered)
    {
        // 5 of 10 are set aside: 4 s on the stored level is 9, as is the actual one after a grant of 1.
        var limiter = new TokenBucket(10, new Rate(1, Ticks.PerSecond));
        var (stored, actual) = (limiter.Create(Start), limiter.Create(Start));
        limiter.TrySetAside(ref stored, 5, Start);
        var now = Start + (4 * Ticks.PerSecond) + offsetTicks;

        limiter.Acquire(ref actual, 1, now);

        Assert.Equal(isCovered, limiter.Covers(stored, actual, now));
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public void TokenBucket_EverythingSetAside_CoversABucketAndItsDebt(long taken, bool isCovered)
    {
        var limiter = new TokenBucket(10, new Rate(1, Ticks.PerSecond));
        var (stored, actual) = (limiter.Create(Start), limiter.Create(Start));
        limiter.TrySetAside(ref stored, long.MaxValue, Start);
        for (var i = 0; i < taken; i++)
        {
            Assert.True(limiter.Acquire(ref actual, 1, Start, Ticks.Never).IsAllowed);
        }

        Assert.Equal(isCovered, limiter.Covers(stored, actual, Start));
    }

    [Fact]
    public void MultiTokenBucket_OneBandwidthNotCovered_IsFalse()
    {
        var limiter = new MultiTokenBucket(
            new Bandwidth(10, new Rate(10, Ticks.PerSecond)), new Bandwidth(100, new Rate(1, Ticks.PerSecond)));
        var (stored, actual) = (limiter.Create(Start), limiter.Create(Start));
        limiter.TrySetAside(ref stored, 8, Start);
        limiter.Acquire(ref actual, 4, Start);
        Assert.True(limiter.Covers(stored, actual, Start));

        // The first bandwidth is full again in both; in the second, 8 set aside cover 4 and 4 more.
        limiter.Acquire(ref actual, 4, Start + Ticks.PerSecond);

        Assert.False(limiter.Covers(stored, actual, Start + Ticks.PerSecond));
        limiter.TrySetAside(ref stored, 4, Start + Ticks.PerSecond);
        Assert.True(limiter.Covers(stored, actual, Start + Ticks.PerSecond));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public void FixedWindow_AroundTheEdge_IsCoveredInItsWindowOnly(long offsetTicks, bool isCovered)
    {
        var limiter = new FixedWindow(10, Ticks.PerSecond);
        var (stored, actual) = (limiter.Create(Start), limiter.Create(Start));
        limiter.TrySetAside(ref stored, 10, Start);
        var now = Start + Ticks.PerSecond + offsetTicks;

        limiter.Acquire(ref actual, 1, now);

        Assert.Equal(isCovered, limiter.Covers(stored, actual, now));
    }

    [Fact]
    public void FixedWindow_ReservedAhead_IsCoveredByTheSameWindowsOnly()
    {
        var limiter = new FixedWindow(10, Ticks.PerSecond);
        var actual = limiter.Create(Start);
        limiter.Acquire(ref actual, 8, Start);
        var before = actual;
        limiter.Acquire(ref actual, 4, Start, Ticks.PerSecond);
        Assert.False(limiter.Covers(before, actual, Start));
        var stored = actual;
        limiter.TrySetAside(ref stored, 3, Start);

        limiter.Acquire(ref actual, 3, Start, Ticks.PerSecond);

        Assert.True(limiter.Covers(stored, actual, Start));
        Assert.True(limiter.Covers(stored, actual, Start + Ticks.PerSecond));
        limiter.Acquire(ref actual, 1, Start, Ticks.PerSecond);
        Assert.False(limiter.Covers(stored, actual, Start));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public void SlidingWindow_AroundTheEdge_IsCoveredInItsWindowOnly(long offsetTicks, bool isCovered)
    {
        var limiter = new SlidingWindow(10, Ticks.PerSecond);
        var (stored, actual) = (limiter.Create(Start), limiter.Create(Start));
        limiter.TrySetAside(ref stored, 10, Start);
        var now = Start + Ticks.PerSecond + offsetTicks;

        limiter.Acquire(ref actual, 1, now);

        Assert.Equal(isCovered, limiter.Covers(stored, actual, now));
    }

    [Fact]
    public void SlidingWindow_LessInTheWindowBefore_IsNotCovered()
    {
        var limiter = new SlidingWindow(10, Ticks.PerSecond);
        var (stored, actual) = (limiter.Create(Start), limiter.Create(Start));
        limiter.Acquire(ref actual, 2, Start);
        limiter.Acquire(ref stored, 1, Start);
        var now = Start + Ticks.PerSecond;
        limiter.TrySetAside(ref stored, 5, now);

        Assert.False(limiter.Covers(stored, actual, now));
        Assert.True(limiter.Covers(stored, actual, now + Ticks.PerSecond));
    }

    [Fact]
    public void Concurrency_LeaseRenewed_IsNotCovered()
    {
        var limiter = new Concurrency(10, Ticks.PerSecond);
        var actual = limiter.Create(Start);
        var lease = limiter.Acquire(ref actual, 1, Start).Grant.LeaseId;
        var stored = limiter.Restore(limiter.Save(actual));
        Assert.True(limiter.Covers(stored, actual, Start + 1));

        limiter.Renew(ref actual, lease, Start + 1);

        Assert.False(limiter.Covers(stored, actual, Start + 1));
    }

    [Fact]
    public void Spacing_SlotHasCome_IsCoveredStill()
    {
        var limiter = new Spacing(Ticks.PerSecond, 5);
        var actual = limiter.Create(Start);
        for (var i = 0; i < 4; i++)
        {
            limiter.Reserve(ref actual, Start);
        }

        var stored = limiter.Restore(limiter.Save(actual));
        Assert.True(limiter.Covers(stored, actual, Start + (2 * Ticks.PerSecond)));
        limiter.Reserve(ref actual, Start + (2 * Ticks.PerSecond));
        Assert.False(limiter.Covers(stored, actual, Start + (2 * Ticks.PerSecond)));
    }
}
