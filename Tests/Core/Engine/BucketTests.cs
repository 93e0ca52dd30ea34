using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Engine;

/// <summary>A bucket by itself: taking, keeping and changing. Who waits is in <see cref="BucketWaitingTests"/>.</summary>
public sealed class BucketTests
{
    private const long Now = 638_712_345_678_901_237;
    private const long Second = Ticks.PerSecond;
    private static readonly LimiterSpec OnePerSecond = new TokenBucketSpec(10, new Rate(1, Second));

    [Fact]
    public void Create_Nobody_IsNewAndGrantsItsLimit()
    {
        var bucket = Bucket.Create(OnePerSecond, Now);

        Assert.True(bucket.IsNew(Now));
        Assert.Same(OnePerSecond, bucket.Spec);
        Assert.False(bucket.IsLeased);
        Assert.Equal((0, Ticks.Never), (bucket.WaiterCount, bucket.NextDueAt));
        Assert.True(bucket.Acquire(10, Now).IsAllowed);
        Assert.Equal(Second, bucket.Acquire(1, Now).RetryAfterTicks);
        Assert.False(bucket.IsNew(Now + (10 * Second) - 1));
        Assert.True(bucket.IsNew(Now + (10 * Second)));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public void CreateSpent_AroundItsRefill_IsNewOnlyThen(long offsetTicks, bool isNew)
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);

        Assert.Equal(0, bucket.Peek(0, Now).Remaining);
        Assert.Equal(isNew, bucket.IsNew(Now + OnePerSecond.RefillTicks + offsetTicks));
    }

    [Fact]
    public void CreateWith_SomeLeft_HoldsThat() =>
        Assert.Equal(3, Bucket.CreateWith(OnePerSecond, 3, Now).Peek(0, Now).Remaining);

    [Fact]
    public void Create_NumberOutOfRange_ThrowsEachTime()
    {
        var spec = new TokenBucketSpec(0, new Rate(1, Second));

        Assert.Throws<ArgumentOutOfRangeException>(() => Bucket.Create(spec, Now));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bucket.Restore(spec, []));
    }

    [Fact]
    public void Anything_NegativeNumber_ThrowsNamingValueAndRange()
    {
        var bucket = Bucket.Create(OnePerSecond, Now);

        Assert.All(
            new Action[] { () => bucket.Acquire(1, Now, -1), () => bucket.Peek(1, Now, -1), () => bucket.Wait(1, Now, -1) },
            call => Assert.StartsWith(
                $"maxWaitTicks is -1; use 0 to {Ticks.Never}.", Assert.Throws<ArgumentOutOfRangeException>(call).Message, StringComparison.Ordinal));
        Assert.All(
            new Action[] { () => bucket.Acquire(-1, Now), () => bucket.Peek(-1, Now), () => bucket.Wait(-1, Now, 1), () => bucket.SetAside(-1, Now) },
            call => Assert.StartsWith("cost is -1; use 0 to", Assert.Throws<ArgumentOutOfRangeException>(call).Message, StringComparison.Ordinal));
        Assert.Equal(0, bucket.WaiterCount);
        Assert.True(bucket.IsNew(Now));
    }

    [Fact]
    public void Create_ManyOfOneSpec_CostsAHundredBytesEach()
    {
        const int Count = 1_000;
        var buckets = new Bucket[Count];
        Bucket.Create(OnePerSecond, Now);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < Count; i++)
        {
            buckets[i] = Bucket.Create(OnePerSecond, Now);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Count, 1, 100);
        Assert.All(buckets, bucket => Assert.Same(OnePerSecond, bucket.Spec));
    }

    [Fact]
    public void Return_OfAReservation_IsFreeForTheNext()
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        var first = bucket.Acquire(1, Now, 9 * Second);
        var second = bucket.Acquire(1, Now, 9 * Second);
        Assert.Equal((Second, 2 * Second), (first.DelayTicks, second.DelayTicks));

        Assert.True(bucket.Return(first.Grant, Now));

        Assert.Equal(Second, bucket.Acquire(1, Now, 9 * Second).DelayTicks);
        Assert.Equal(3 * Second, bucket.Acquire(1, Now, 9 * Second).DelayTicks);
    }

    [Fact]
    public void Return_LeaseToAnotherAlgorithm_IsFalse()
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        var leased = Bucket.CreateSpent(new ConcurrencySpec(2, Second), Now);

        Assert.False(bucket.Return(new Grant(1, Now, Ticks.Never, LeaseId: Guid.NewGuid()), Now));
        Assert.False(leased.Return(new Grant(1, Now), Now));
        Assert.Null(bucket.Renew(Guid.NewGuid(), Now));
        Assert.Equal(0, bucket.Peek(0, Now).Remaining);
    }

    [Fact]
    public void Renew_Lease_EndsOneLeaseTimeLater()
    {
        var bucket = Bucket.Create(new ConcurrencySpec(1, Second), Now);
        var lease = bucket.Acquire(1, Now).Grant.LeaseId;

        Assert.True(bucket.IsLeased);
        Assert.Equal(Now + 5 + Second, bucket.Renew(lease, Now + 5));
        Assert.Null(bucket.Renew(lease, Now + 5 + Second));
    }

    [Fact]
    public void Reset_Used_IsNewAndSaysSo()
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);

        Assert.True(bucket.Reset(Now));
        Assert.True(bucket.IsNew(Now));
        Assert.False(bucket.Reset(Now));
    }

    [Fact]
    public void Reset_Leases_AreNotHeldAnyMore()
    {
        var bucket = Bucket.Create(new ConcurrencySpec(1, Second), Now);
        var before = bucket.Acquire(1, Now).Grant;

        Assert.True(bucket.Reset(Now));
        var after = bucket.Acquire(1, Now).Grant;

        Assert.NotEqual(before.LeaseId, after.LeaseId);
        Assert.False(bucket.Return(before, Now));
        Assert.True(bucket.Return(after, Now));
    }

    [Fact]
    public void ChangeTo_SameNumbers_ChangesNothing()
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        bucket.Stored(bucket.SetAside(0, Now));
        LimiterSpec same = new TokenBucketSpec(10, new Rate(1, Second));

        Assert.Same(bucket, bucket.ChangeTo(same, OnChange.Reset, Now));

        Assert.Same(same, bucket.Spec);
        Assert.Equal(0, bucket.Peek(0, Now).Remaining);
        Assert.True(bucket.IsCovered(Now));
    }

    [Theory]
    [InlineData(OnChange.Keep, 4)]
    [InlineData(OnChange.Proportional, 8)]
    [InlineData(OnChange.Additive, 14)]
    [InlineData(OnChange.Reset, 20)]
    public void ChangeTo_OtherNumbers_CarriesOverInPlace(OnChange onChange, long remaining)
    {
        var bucket = Bucket.CreateWith(OnePerSecond, 4, Now);
        var changed = new GcraSpec(new Rate(1, Second), 20);

        Assert.Same(bucket, bucket.ChangeTo(changed, onChange, Now));

        Assert.Same(changed, bucket.Spec);
        Assert.Equal(remaining, bucket.Peek(0, Now).Remaining);
    }

    [Theory]
    [InlineData(OnChange.Keep, 4)]
    [InlineData(OnChange.Proportional, 8)]
    [InlineData(OnChange.Additive, 14)]
    [InlineData(OnChange.Reset, 20)]
    public void ChangeTo_AnotherAlgorithm_CarriesOverWhatIsLeft(OnChange onChange, long remaining)
    {
        var bucket = Bucket.CreateWith(OnePerSecond, 4, Now);
        var changed = new SlidingLogSpec(20, Second);

        var next = bucket.ChangeTo(changed, onChange, Now);

        Assert.NotSame(bucket, next);
        Assert.Same(changed, next.Spec);
        Assert.Equal(remaining, next.Peek(0, Now).Remaining);
        Assert.Equal(onChange == OnChange.Reset, next.IsNew(Now));
    }

    [Fact]
    public void Restore_OfSaved_IsTheSameBucketAndCovered()
    {
        var bucket = Bucket.CreateWith(OnePerSecond, 4, Now);

        var restored = Bucket.Restore(OnePerSecond, bucket.Save());

        Assert.Equal(bucket.Peek(5, Now), restored.Peek(5, Now));
        Assert.True(restored.IsCovered(Now));
        restored.Acquire(1, Now);
        Assert.False(restored.IsCovered(Now));
    }

    [Fact]
    public void Restore_OfAnotherAlgorithm_Throws() =>
        Assert.Throws<FormatException>(() => Bucket.Restore(new SlidingLogSpec(1, Second), Bucket.Create(OnePerSecond, Now).Save()));

    [Fact]
    public void SetAside_SomePermits_CoversThatManyOnceStored()
    {
        var bucket = Bucket.Create(OnePerSecond, Now);
        Assert.False(bucket.IsCovered(Now), "Nothing is stored yet.");
        var saved = bucket.SetAside(3, Now);
        Assert.False(bucket.IsCovered(Now), "It is on its way to storage.");
        Assert.True(bucket.IsNew(Now), "Setting aside changes nothing.");

        bucket.Stored(saved);

        for (var taken = 1; taken <= 4; taken++)
        {
            Assert.True(bucket.Acquire(1, Now).IsAllowed);
            Assert.Equal(taken <= 3, bucket.IsCovered(Now));
        }

        Assert.Equal(7, Bucket.Restore(OnePerSecond, saved.Bytes).Peek(0, Now).Remaining);
    }

    [Fact]
    public void SetAside_LimiterRemembersInstants_StoresExactlyAndSharesNothing()
    {
        var spec = new SlidingLogSpec(10, Second);
        var bucket = Bucket.Create(spec, Now);
        bucket.Acquire(1, Now);
        bucket.Stored(bucket.SetAside(5, Now));
        Assert.True(bucket.IsCovered(Now));

        // Of the same instant: it is added to the entry that was stored.
        bucket.Acquire(1, Now);

        Assert.False(bucket.IsCovered(Now));
        var saved = bucket.SetAside(0, Now);
        bucket.Stored(saved);
        Assert.True(bucket.IsCovered(Now));
        Assert.Equal(8, Bucket.Restore(spec, saved.Bytes).Peek(0, Now).Remaining);
    }

    [Fact]
    public void Stored_Nothing_IsNotCovered()
    {
        var bucket = Bucket.Create(OnePerSecond, Now);
        bucket.Stored(bucket.SetAside(5, Now));
        Assert.True(bucket.IsCovered(Now));

        bucket.Stored(null);

        Assert.False(bucket.IsCovered(Now));
    }

    [Fact]
    public void Stored_MadeUnderOtherNumbers_DoesNotCount()
    {
        // A permit is sixty times as many units afterwards: of these, what was made before would seem to be few.
        var bucket = Bucket.CreateWith(OnePerSecond, 5, Now);
        var saved = bucket.SetAside(0, Now);
        bucket = bucket.ChangeTo(new GcraSpec(new Rate(1, 60 * Second), 10), OnChange.Keep, Now);

        bucket.Stored(saved);

        Assert.False(bucket.IsCovered(Now));
        bucket = bucket.ChangeTo(new SlidingLogSpec(10, Second), OnChange.Keep, Now);
        bucket.Stored(saved);
        Assert.False(bucket.IsCovered(Now));
    }

    /// <summary>A write on its way may come to storage at any moment: what is told meanwhile must be covered by either state.</summary>
    [Fact]
    public void IsCovered_WriteOnItsWay_AsksForBoth()
    {
        var bucket = Bucket.Create(OnePerSecond, Now);
        bucket.Stored(bucket.SetAside(5, Now));
        var exact = bucket.SetAside(0, Now);
        Assert.True(bucket.IsCovered(Now));

        bucket.Acquire(1, Now);

        Assert.False(bucket.IsCovered(Now));
        bucket.Stored(exact);
        Assert.False(bucket.IsCovered(Now));
    }

    [Fact]
    public void IsCovered_WriteBegunAfterOneOfUnknownEnd_IsFalseUntilItIsStored()
    {
        var bucket = Bucket.Create(OnePerSecond, Now);
        bucket.Stored(bucket.SetAside(5, Now));
        bucket.SetAside(0, Now);

        var second = bucket.SetAside(5, Now);

        Assert.False(bucket.IsCovered(Now));
        bucket.Stored(second);
        Assert.True(bucket.IsCovered(Now));
    }

    [Fact]
    public void IsCovered_NumbersHaveChanged_IsFalseUntilStoredAnew()
    {
        var bucket = Bucket.Create(OnePerSecond, Now);
        bucket.Stored(bucket.SetAside(5, Now));

        bucket.ChangeTo(new GcraSpec(new Rate(1, Second), 20), OnChange.Keep, Now);

        Assert.False(bucket.IsCovered(Now));
        bucket.Stored(bucket.SetAside(5, Now));
        Assert.True(bucket.IsCovered(Now));
    }

    [Fact]
    public void IsCovered_SetAsideHasRefilled_IsFalseAfterTheNextGrant()
    {
        var bucket = Bucket.Create(OnePerSecond, Now);
        bucket.Stored(bucket.SetAside(5, Now));
        var later = Now + (5 * Second);
        Assert.True(bucket.IsCovered(later));

        bucket.Acquire(1, later);

        Assert.False(bucket.IsCovered(later));
    }
}
