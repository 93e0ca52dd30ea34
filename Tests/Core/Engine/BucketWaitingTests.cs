using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Engine;

/// <summary>Those who wait for a bucket by itself, served by its owner.</summary>
public sealed class BucketWaitingTests
{
    private const long Now = 638_712_345_678_901_237;
    private const long Second = Ticks.PerSecond;
    private static readonly LimiterSpec OnePerSecond = new TokenBucketSpec(1, new Rate(1, Second));
    private static readonly LimiterSpec TwoLeases = new ConcurrencySpec(2, 10 * Second);

    [Fact]
    public void Wait_GrantedNowRefusedOrTooMuch_IsAnsweredAtOnce()
    {
        var bucket = Bucket.Create(OnePerSecond, Now);

        var granted = bucket.Wait(1, Now, 5);
        var refused = bucket.Wait(1, Now, Second - 1);
        var never = bucket.Wait(2, Now, Second);

        Assert.Equal(granted.Decision, Answer(granted));
        Assert.Equal((true, Now), (granted.Decision.IsAllowed, granted.DueAt));
        Assert.Equal(refused.Decision, Answer(refused));
        Assert.Equal((Second, Ticks.Never), (refused.Decision.RetryAfterTicks, refused.DueAt));
        Assert.True(Answer(never).NeverFits);
        Assert.All([granted, refused, never], waiter => Assert.False(bucket.Leave(waiter, Now)));
        Assert.Equal((0, Ticks.Never), (bucket.WaiterCount, bucket.NextDueAt));
    }

    [Fact]
    public void Serve_AroundEachInstant_CompletesInOrder()
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        var waiters = Enumerable.Range(0, 3).Select(_ => bucket.Wait(1, Now, 9 * Second)).ToArray();

        for (var served = 0; served < 3; served++)
        {
            var due = Now + ((served + 1) * Second);
            Assert.Equal((3 - served, due), (bucket.WaiterCount, bucket.NextDueAt));
            bucket.Serve(due - 1);
            Assert.Equal(served, waiters.Count(w => w.Task.IsCompleted));
            bucket.Serve(due);
            Assert.Equal(served + 1, waiters.Count(w => w.Task.IsCompleted));
            Assert.Equal((true, 0, due), (Answer(waiters[served]).IsAllowed, Answer(waiters[served]).DelayTicks, Answer(waiters[served]).Grant.ValidAt));
            Assert.Equal((served + 1) * Second, waiters[served].Decision.DelayTicks);
        }

        Assert.Equal((0, Ticks.Never), (bucket.WaiterCount, bucket.NextDueAt));
    }

    [Fact]
    public void Leave_First_ThoseBehindMoveUp()
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        var (first, second) = (bucket.Wait(1, Now, 9 * Second), bucket.Wait(1, Now, 9 * Second));

        Assert.True(bucket.Leave(first, Now));

        Assert.True(first.Task.IsCanceled);
        Assert.False(bucket.Leave(first, Now));
        Assert.Equal((1, Now + Second, Now + Second), (bucket.WaiterCount, second.DueAt, bucket.NextDueAt));
        bucket.Serve(Now + Second);
        Assert.Equal(Now + Second, Answer(second).Grant.ValidAt);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public void Leave_AroundItsInstant_IsServedFromThenOn(long offsetTicks, bool hasLeft)
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        var waiter = bucket.Wait(1, Now, 9 * Second);

        Assert.Equal(hasLeft, bucket.Leave(waiter, Now + Second + offsetTicks));

        Assert.Equal(hasLeft, waiter.Task.IsCanceled);
        Assert.Equal(!hasLeft, waiter.Task.IsCompletedSuccessfully);
        Assert.Equal(0, bucket.WaiterCount);
    }

    [Fact]
    public void Acquire_PlaceThatWasGivenBack_IsTaken()
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        var waiter = bucket.Wait(1, Now, 9 * Second);
        var elsewhere = bucket.Acquire(1, Now, 9 * Second);
        Assert.True(bucket.Leave(waiter, Now));

        var newcomer = bucket.Wait(1, Now, Second);

        Assert.Equal((2 * Second, Second), (elsewhere.DelayTicks, newcomer.Decision.DelayTicks));
        bucket.Serve(Now + Second);
        Assert.True(Answer(newcomer).IsAllowed);
    }

    [Fact]
    public void IsNew_SomethingReserved_IsFalse()
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        bucket.Wait(1, Now, 9 * Second);

        Assert.False(bucket.IsNew(Now + (2 * Second)), "Nobody has served the one who waits.");
        bucket.Serve(Now + (2 * Second));
        Assert.True(bucket.IsNew(Now + (2 * Second)));
    }

    [Fact]
    public void Reset_SomebodyWaits_KeepsItsInstantAndGivesNothingBack()
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        var (stays, leaves) = (bucket.Wait(1, Now, 9 * Second), bucket.Wait(1, Now, 9 * Second));

        Assert.True(bucket.Reset(Now));

        Assert.Equal((2, Now + Second), (bucket.WaiterCount, bucket.NextDueAt));
        Assert.False(bucket.IsNew(Now));
        Assert.True(bucket.Acquire(1, Now).IsAllowed);
        Assert.True(bucket.Leave(leaves, Now));
        Assert.Equal(0, bucket.Peek(0, Now).Remaining);
        bucket.Serve(Now + Second);
        Assert.Equal(Now + Second, Answer(stays).Grant.ValidAt);
        Assert.Equal(Ticks.Never, bucket.NextDueAt);
    }

    [Fact]
    public void ChangeTo_OtherNumbers_WaitersKeepTheirInstants()
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        var waiter = bucket.Wait(1, Now, 9 * Second);

        bucket = bucket.ChangeTo(new TokenBucketSpec(5, new Rate(100, Second)), OnChange.Keep, Now);

        Assert.Equal((1, Now + Second), (bucket.WaiterCount, bucket.NextDueAt));
        bucket.Serve(Now + Second);
        Assert.True(Answer(waiter).IsAllowed);
    }

    [Theory]
    [InlineData(OnChange.Keep)]
    [InlineData(OnChange.Reset)]
    public void ChangeTo_AnotherAlgorithm_WaitersKeepTheirInstantsThere(OnChange onChange)
    {
        var bucket = Bucket.CreateSpent(OnePerSecond, Now);
        var (first, second) = (bucket.Wait(1, Now, 9 * Second), bucket.Wait(1, Now, 9 * Second));

        bucket = bucket.ChangeTo(new SpacingSpec(Second, 3), onChange, Now);
        bucket = bucket.ChangeTo(new SlidingLogSpec(3, Second), onChange, Now);

        Assert.Equal((2, Now + Second), (bucket.WaiterCount, bucket.NextDueAt));
        bucket.Serve(Now + Second);
        Assert.True(Answer(first).IsAllowed);
        Assert.True(bucket.Leave(second, Now + Second));
        Assert.Equal((0, Ticks.Never), (bucket.WaiterCount, bucket.NextDueAt));
    }

    [Fact]
    public void Line_LeaseReturned_FirstInLineHasIt()
    {
        var bucket = Bucket.Create(TwoLeases, Now);
        var held = bucket.Acquire(2, Now).Grant;
        var (first, second) = (bucket.Wait(1, Now, Second), bucket.Wait(2, Now, Second));
        Assert.True(first.IsInLine);
        Assert.Equal((Ticks.Never, Now + Second), (first.DueAt, first.DeadlineAt));
        Assert.Equal((2, Now + Second), (bucket.WaiterCount, bucket.NextDueAt));

        Assert.True(bucket.Return(held, Now + 1));

        Assert.Equal((true, Now + 1), (Answer(first).IsAllowed, Answer(first).Grant.ValidAt));
        Assert.False(second.Task.IsCompleted);

        // One is free, but the second in line wants both.
        Assert.False(bucket.Acquire(1, Now + 1).IsAllowed);
        Assert.False(bucket.Peek(1, Now + 1).IsAllowed);
        Assert.True(bucket.Acquire(0, Now + 1).IsAllowed);
        Assert.False(bucket.Leave(first, Now + 1));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public void Line_AroundTheDeadline_IsRefusedThen(long offsetTicks, bool isRefused)
    {
        var bucket = Bucket.Create(TwoLeases, Now);
        bucket.Acquire(1, Now);
        var (large, small) = (bucket.Wait(2, Now, Second), bucket.Wait(1, Now, 5 * Second));
        Assert.Equal(Now + Second, bucket.NextDueAt);

        bucket.Serve(Now + Second + offsetTicks);

        Assert.Equal((isRefused, isRefused), (large.Task.IsCompleted, small.Task.IsCompleted));
        if (isRefused)
        {
            Assert.Equal((false, 9 * Second), (Answer(large).IsAllowed, Answer(large).RetryAfterTicks));
            Assert.True(Answer(small).IsAllowed, "Nobody stands before it any more.");
        }
    }

    [Fact]
    public void Line_LeaseEndsAtTheDeadline_IsServed()
    {
        var bucket = Bucket.Create(TwoLeases, Now);
        bucket.Acquire(2, Now);
        var waiter = bucket.Wait(1, Now, 10 * Second);
        Assert.Equal(Now + (10 * Second), bucket.NextDueAt);

        bucket.Serve(bucket.NextDueAt);

        Assert.True(Answer(waiter).IsAllowed);
    }

    [Fact]
    public void Line_LeaseRenewed_WaitsOn()
    {
        var bucket = Bucket.Create(new ConcurrencySpec(1, Second), Now);
        var lease = bucket.Acquire(1, Now).Grant.LeaseId;
        var waiter = bucket.Wait(1, Now, 9 * Second);
        Assert.Equal(Now + Second, bucket.NextDueAt);

        bucket.Renew(lease, Now + 5);

        Assert.Equal(Now + 5 + Second, bucket.NextDueAt);
        bucket.Serve(Now + 4 + Second);
        Assert.False(waiter.Task.IsCompleted);
        bucket.Serve(Now + 5 + Second);
        Assert.True(Answer(waiter).IsAllowed);
    }

    [Fact]
    public void Line_FirstLeaves_ThoseBehindAreServed()
    {
        var bucket = Bucket.Create(TwoLeases, Now);
        bucket.Acquire(1, Now);
        var (large, small) = (bucket.Wait(2, Now, Second), bucket.Wait(1, Now, Second));

        Assert.True(bucket.Leave(large, Now));

        Assert.True(large.Task.IsCanceled);
        Assert.True(Answer(small).IsAllowed);
        Assert.Equal((0, Ticks.Never), (bucket.WaiterCount, bucket.NextDueAt));
        Assert.False(bucket.Leave(large, Now));
    }

    [Fact]
    public void Line_NoWait_IsRefusedAtOnce()
    {
        var bucket = Bucket.CreateSpent(TwoLeases, Now);

        var waiter = bucket.Wait(1, Now, 0);

        Assert.False(waiter.IsInLine);
        Assert.Equal(10 * Second, Answer(waiter).RetryAfterTicks);
    }

    [Fact]
    public void Line_Reset_IsServed()
    {
        var bucket = Bucket.CreateSpent(TwoLeases, Now);
        var waiter = bucket.Wait(2, Now, Second);

        Assert.True(bucket.Reset(Now));

        Assert.True(Answer(waiter).IsAllowed);
    }

    [Fact]
    public void Line_MorePermits_IsServedAndTooManyAreRefused()
    {
        var bucket = Bucket.CreateSpent(TwoLeases, Now);
        var (large, small) = (bucket.Wait(2, Now, Second), bucket.Wait(1, Now, Second));

        bucket = bucket.ChangeTo(new ConcurrencySpec(1, Second), OnChange.Keep, Now);
        Assert.True(Answer(large).NeverFits);
        Assert.False(small.Task.IsCompleted);
        bucket = bucket.ChangeTo(new ConcurrencySpec(3, Second), OnChange.Keep, Now);

        Assert.True(Answer(small).IsAllowed);
    }

    [Fact]
    public async Task Line_AnotherAlgorithm_IsSentToAskAgain()
    {
        var bucket = Bucket.CreateSpent(TwoLeases, Now);
        var waiter = bucket.Wait(2, Now, Second);

        var next = bucket.ChangeTo(OnePerSecond, OnChange.Keep, Now);

        Assert.True(waiter.Task.IsCompletedSuccessfully);
        Assert.True((await waiter.Task).IsStale);
        Assert.Equal((0, Ticks.Never), (next.WaiterCount, next.NextDueAt));
        Assert.False(next.Leave(waiter, Now));
    }

    private static LimiterDecision Answer(BucketWaiter waiter)
    {
        Assert.True(waiter.Task.IsCompletedSuccessfully, $"The waiter's task is {waiter.Task.Status}.");
        Assert.Equal((null, false), (waiter.Task.Result.Error, waiter.Task.Result.IsStale));
        return waiter.Task.Result.Decision;
    }
}
