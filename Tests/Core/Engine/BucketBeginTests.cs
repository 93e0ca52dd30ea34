using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Engine;

/// <summary>Permits that are begun, and factors, in a bucket that must outlive its owner.</summary>
public sealed class BucketBeginTests
{
    private const long Start = 638_712_345_678_901_237;
    private const long Second = Ticks.PerSecond;
    private static readonly SpacingSpec Spec = new(3 * Second, 2);

    [Fact]
    public void Begin_WrittenAhead_HoldsTheNextOffAfterALoss()
    {
        var bucket = Bucket.Create(Spec, Start);
        var first = bucket.Acquire(1, Start);
        var second = bucket.Acquire(1, Start, Ticks.Never);
        bucket.Stored(bucket.SetAside(0, Start));
        var late = Start + (Second / 5);

        bucket.Begin(first.Grant, 0, late);
        Assert.False(bucket.IsCovered(late));
        var saved = bucket.SetAside(0, late);
        bucket.Stored(saved);
        Assert.True(bucket.IsCovered(late));

        var successor = Bucket.Restore(Spec, saved.Bytes);
        Assert.Equal(BeginAnswer.Wait(Second / 2), successor.Begin(second.Grant, 0, Start + (3 * Second)));
    }

    /// <summary>Of a bucket in memory that was lost only the instant is known; whoever had begun by then may run within its grace.</summary>
    [Fact]
    public void Begin_OfABucketMadeSpentAfterALoss_HoldsOffForAnIntervalAndTheGrace()
    {
        var old = Bucket.Create(Spec, Start);
        old.Acquire(1, Start);
        var second = old.Acquire(1, Start, Ticks.Never);

        var successor = Bucket.CreateSpent(Spec, Start + Second);

        Assert.Equal(BeginAnswer.Wait(13 * Second / 10), successor.Begin(second.Grant, 0, Start + (3 * Second)));
        Assert.Equal(BeginAnswer.Begun(3 * Second / 10), successor.Begin(second.Grant, 0, Start + (43 * Second / 10)));
    }

    [Fact]
    public void Begin_OfAnotherAlgorithm_IsAlwaysAllowed()
    {
        var bucket = Bucket.Create(new TokenBucketSpec(5, new Rate(1, Second)), Start);
        var granted = bucket.Acquire(1, Start);

        Assert.Equal(BeginAnswer.Unspaced, bucket.Begin(granted.Grant, 0, Start + (1_000 * Second)));
        Assert.False(bucket.Ran(granted.Grant, Start, Start));
        Assert.Null(bucket.Factor(null, Start));
    }

    [Fact]
    public void Factor_SetAndSaved_IsRestored()
    {
        var spec = new LeakyBucketSpec(10, new Rate(1, 3_600 * Second), new() { IsSettable = true });
        var bucket = Bucket.CreateWith(spec, 5, Start);

        Assert.Equal(Factor.Parse("2.5"), bucket.Factor(Factor.Parse("2.5"), Start));

        Assert.Equal(Factor.Parse("2.5"), Bucket.Restore(spec, bucket.Save()).Factor(null, Start));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ChangeTo_SteadyOrAdaptive_CarriesWhatIsLeftOver(bool isToAdaptive)
    {
        var steady = new LeakyBucketSpec(10, new Rate(1, 3_600 * Second));
        var adaptive = steady with { Adaptive = new() };
        var bucket = Bucket.CreateWith(isToAdaptive ? steady : adaptive, 4, Start);

        var changed = bucket.ChangeTo(isToAdaptive ? adaptive : steady, OnChange.Keep, Start);

        Assert.Equal(4, changed.Peek(0, Start).Remaining);
        Assert.Equal(isToAdaptive ? Factor.One : null, changed.Factor(null, Start));
    }
}
