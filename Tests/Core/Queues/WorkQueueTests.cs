using Throttle.Core.Limiters;
using Throttle.Core.Queues;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Queues;

public sealed class WorkQueueTests
{
    private const long Start = 638_712_345_678_901_237;
    private const long Second = Ticks.PerSecond;

    private static readonly QueueSpec OnePerSecond = new(3, new Rate(1, Second));

    private readonly WorkQueue _queue = new(OnePerSecond);
    private readonly BucketTurns _turns = new(OnePerSecond, Start);

    [Fact]
    public void Enqueue_FiveAtOnceOnThree_DeliversThreeAndRefusesTwo()
    {
        // Seed 002, case 12.
        var answers = Enumerable.Range(1, 5).Select(i => Enqueue($"{i}", Start)).ToArray();

        Assert.Equal([Start, Start + Second, Start + (2 * Second)], answers[..3].Select(a => a.Receipt.DueAt));
        Assert.All(answers[3..], a => Assert.Equal((WorkAnswerStatus.Full, Second), (a.Status, a.RetryAfterTicks)));
        Assert.Equal([("1", 0), ("2", Second), ("3", 2 * Second)], Drain(Start));
        Assert.Equal(new WorkCounts { Queued = 3, Refused = 2, Delivered = 3 }, _queue.TakeCounts());
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public void Enqueue_AroundTheRetryInstant_IsAcceptedOnlyWhenDue(long offsetTicks, bool isAccepted)
    {
        Enqueue("1", Start);
        Enqueue("2", Start);
        Enqueue("3", Start);
        Deliver(Start, WorkResult.Done);
        var refused = Enqueue("4", Start);

        Assert.Equal(isAccepted, Enqueue("4", Start + refused.RetryAfterTicks + offsetTicks).IsAccepted);
    }

    [Fact]
    public void Enqueue_SameId_GetsTheFirstAnswerAgain()
    {
        Enqueue("1", Start);
        var first = Enqueue("2", Start);

        var again = _queue.Enqueue(new("2", new byte[5]), _turns, Start + 7);

        Assert.Equal((WorkAnswerStatus.Known, first.Receipt), (again.Status, again.Receipt));
        Assert.Equal(2, _queue.Length);
        Drain(Start);
        Assert.Equal(first.Receipt, Enqueue("2", Start + (2 * Second)).Receipt);
        Assert.Equal(0, _queue.Length);
    }

    [Theory]
    [InlineData(-1, WorkAnswerStatus.Known)]
    [InlineData(0, WorkAnswerStatus.Queued)]
    public void Enqueue_SameIdAfterTheLastMomentItIsRemembered_IsNew(long offsetTicks, WorkAnswerStatus status)
    {
        Enqueue("1", Start);
        Deliver(Start, WorkResult.Done);

        Assert.Equal(status, Enqueue("1", Start + WorkLimits.RememberedTicks + offsetTicks).Status);
    }

    [Fact]
    public void Enqueue_MoreIdsThanAreRemembered_ForgetsTheOldest()
    {
        var (queue, turns) = Of(new QueueSpec(3, new Rate(1_000, Second)));
        var now = Start;
        for (var i = 0; i <= WorkLimits.MaxRemembered; i++, now += Second / 1_000)
        {
            Assert.Equal(WorkAnswerStatus.Queued, queue.Enqueue(new($"{i}", default), turns, now).Status);
            queue.Next(turns, now);
            queue.End(WorkResult.Done, 1, 1, now);
        }

        Assert.Equal(WorkAnswerStatus.Queued, queue.Enqueue(new("0", default), turns, now).Status);
        Assert.Equal(WorkAnswerStatus.Known, queue.Enqueue(new("1", default), turns, now).Status);
    }

    [Fact]
    public void Enqueue_MoreBytesThanMayBe_IsFullAndSaysSo()
    {
        var (queue, turns) = Of(new QueueSpec(1_000, new Rate(1, Second)));
        WorkAnswer answer;
        var count = 0;
        do
        {
            answer = queue.Enqueue(new($"{count++}", new byte[WorkLimits.MaxPayloadBytes]), turns, Start);
        }
        while (answer.IsAccepted);

        Assert.Equal(16, count);
        Assert.Equal(WorkAnswerStatus.Full, answer.Status);
        Assert.Contains("at most 1048576 may be", answer.Reason, StringComparison.Ordinal);
        Assert.True(queue.Enqueue(new("small", new byte[10]), turns, Start).IsAccepted);
    }

    [Theory]
    [InlineData("", "The id has 0 characters; use 1 to 200.")]
    [InlineData("a b", "The id 'a b' holds more than visible ASCII; use the characters ! to ~.")]
    [InlineData("é", "The id 'é' holds more than visible ASCII; use the characters ! to ~.")]
    public void Check_FaultyId_SaysWhy(string id, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => new Work(id, default).Check()).Message);

    [Fact]
    public void Check_PayloadAndContentType_NameValueAndRange()
    {
        new Work(new string('~', 200), new byte[65_536], "text/plain").Check();
        Assert.Equal(
            "The payload has 65537 bytes; use 0 to 65536.",
            Assert.Throws<ArgumentException>(() => new Work("a", new byte[65_537]).Check()).Message);
        Assert.Throws<ArgumentException>(() => new Work("a", default, "text/plain\r\nX: y").Check());
    }

    [Fact]
    public void Cancel_InTheMiddle_MovesThoseBehindUp()
    {
        Enqueue("1", Start);
        Enqueue("2", Start);
        Enqueue("3", Start);

        Assert.Equal(WorkEdit.Done, _queue.Cancel("2", _turns, Start));
        Assert.Equal(WorkEdit.Unknown, _queue.Cancel("2", _turns, Start));
        Assert.True(Enqueue("2", Start).IsAccepted);

        Assert.Equal([("1", 0), ("3", Second), ("2", 2 * Second)], Drain(Start));
    }

    [Fact]
    public void Cancel_WhatIsBeingDelivered_IsTooLate()
    {
        Enqueue("1", Start);
        Assert.NotNull(_queue.Next(_turns, Start));

        Assert.Equal(WorkEdit.BeingDelivered, _queue.Cancel("1", _turns, Start));
        _queue.End(WorkResult.Done, 5, 1, Start);
        Assert.Equal(WorkEdit.Unknown, _queue.Cancel("1", _turns, Start));
    }

    [Fact]
    public void End_Retry_KeepsItsPlaceAndTakesATurnForEachAttempt()
    {
        Enqueue("1", Start);
        Enqueue("2", Start);

        Deliver(Start, WorkResult.Retry("busy"), backoff: Second / 2);
        Assert.Null(_queue.Next(_turns, Start + (Second / 2) - 1));
        Assert.Equal(Start + (Second / 2), _queue.WakeAt);
        Assert.Null(_queue.Next(_turns, Start + (Second / 2)));
        Assert.Equal(Start + Second, _queue.WakeAt);
        Assert.Equal(("1", 2), Deliver(Start + Second, WorkResult.Retry("busy"), backoff: 1));
        Assert.Equal(("1", 3), Deliver(Start + (2 * Second), WorkResult.Done));
        Assert.Equal(("2", 1), Deliver(Start + (3 * Second), WorkResult.Done));
        Assert.Equal(new WorkCounts { Queued = 2, Delivered = 2, Retried = 2 }, _queue.TakeCounts());
    }

    [Fact]
    public void End_LastAttempt_FailsForGoodAndMayBePutBackOrRemoved()
    {
        Enqueue("1", Start);
        Enqueue("2", Start);
        Deliver(Start, WorkResult.Retry("busy"), attempts: 2, backoff: 1);
        Deliver(Start + Second, WorkResult.Retry("still busy"), attempts: 2);
        Deliver(Start + (2 * Second), WorkResult.Failed("no such thing"));

        Assert.Equal([("1", 2, "still busy", Start + Second), ("2", 1, "no such thing", Start + (2 * Second))],
            _queue.ListFailed().Select(f => (f.Id, f.Attempts, f.LastError!, f.FailedAt)));
        Assert.Equal(WorkAnswerStatus.Known, Enqueue("1", Start + (2 * Second)).Status);

        Assert.Equal(WorkEdit.Done, _queue.PutBack("2", _turns, Start + (3 * Second)));
        Assert.Equal(WorkEdit.Unknown, _queue.PutBack("2", _turns, Start + (3 * Second)));
        Assert.Equal(WorkEdit.Done, _queue.RemoveFailed("1", Start + (3 * Second)));
        Assert.Equal(WorkEdit.Unknown, _queue.RemoveFailed("1", Start + (3 * Second)));
        Assert.Equal(0, _queue.FailedBytes);

        Assert.Equal(("2", 1), Deliver(Start + (3 * Second), WorkResult.Done));
        Assert.Equal(new WorkCounts { Queued = 3, Delivered = 1, Retried = 1, Failed = 2, Cancelled = 1 }, _queue.TakeCounts());
    }

    [Fact]
    public void PutBack_IntoAFullLine_IsRefusedAndKept()
    {
        Enqueue("1", Start);
        Deliver(Start, WorkResult.Failed("no"));
        Enqueue("2", Start);
        Enqueue("3", Start);

        Assert.Equal(WorkEdit.Full, _queue.PutBack("1", _turns, Start));
        Assert.Equal("1", Assert.Single(_queue.ListFailed()).Id);
    }

    [Fact]
    public void End_MoreFailuresThanAreKept_DropsTheOldestAndCountsIt()
    {
        var (queue, turns) = Of(new QueueSpec(1_000, new Rate(1, Second)));
        var now = Start;
        for (var i = 0; i < WorkLimits.MaxFailed + 2; i++, now += Second)
        {
            queue.Enqueue(new($"{i}", default), turns, now);
            queue.Next(turns, now);
            queue.End(WorkResult.Failed("no"), 5, 1, now);
        }

        Assert.Equal((WorkLimits.MaxFailed, "2", 2), (queue.FailedCount, queue.ListFailed()[0].Id, queue.TakeCounts().Dropped));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Second)]
    public void Next_TurnAtTheOldestAge_IsDeliveredThoughTheTimerIsLate(long lateTicks)
    {
        var (queue, turns) = Of(new QueueSpec(10, new Rate(1, Second), Second));
        turns.Take(Start);
        queue.Enqueue(new("1", default), turns, Start);

        Assert.NotNull(queue.Next(turns, Start + Second + lateTicks));
    }

    [Fact]
    public void Next_NoTurnUntilTheOldestAge_DropsAndCounts()
    {
        var (queue, turns) = Of(new QueueSpec(10, new Rate(1, Second), Second));
        queue.Enqueue(new("1", default), turns, Start);
        queue.Enqueue(new("2", default), turns, Start);

        // The first fails, and takes the turn that the second was given.
        queue.Next(turns, Start);
        queue.End(WorkResult.Retry("busy"), 5, 1, Start);
        Assert.Equal("1", queue.Next(turns, Start + Second)!.Id);
        var wakeAt = queue.WakeAt;
        Assert.Null(queue.Next(turns, wakeAt - 1));
        Assert.Equal(2, queue.Length);
        Assert.Null(queue.Next(turns, wakeAt));

        Assert.Equal((1, 1, Start + (2 * Second) + 1), (queue.Length, queue.TakeCounts().Expired, wakeAt));
        queue.End(WorkResult.Done, 5, 1, wakeAt);
        Assert.Equal(WorkAnswerStatus.Known, queue.Enqueue(new("2", default), turns, wakeAt).Status);
    }

    [Fact]
    public void Next_TimerALittleLate_KeepsTheSchedule()
    {
        Enqueue("1", Start);
        Enqueue("2", Start);
        Enqueue("3", Start);

        Assert.Equal(("1", 1), Deliver(Start + (9 * Second / 10), WorkResult.Done));
        Assert.Equal(("2", 1), Deliver(Start + Second, WorkResult.Done));
        Assert.Null(_queue.Next(_turns, Start + (2 * Second) - 1));
        Assert.Equal(Start + (2 * Second), _queue.WakeAt);
    }

    [Fact]
    public void Next_TimerVeryLate_CatchesUpByOneAndGoesOnAtTheRate()
    {
        Enqueue("1", Start);
        Enqueue("2", Start);
        Enqueue("3", Start);
        var late = Start + (100 * Second) + (Second / 2);

        Assert.Equal([("1", late - Start), ("2", late - Start + Second), ("3", late - Start + (2 * Second))], Drain(late));
    }

    [Fact]
    public void Next_TurnsSharedWithAWaiter_GoInOneLine()
    {
        Enqueue("1", Start);
        var waiter = _turns.Bucket.Wait(1, Start, Ticks.PerDay);
        Enqueue("2", Start);

        Assert.Equal(Start + Second, waiter.DueAt);
        Assert.Equal([("1", 0), ("2", 2 * Second)], Drain(Start));
        Assert.False(_turns.Bucket.Acquire(1, Start + (2 * Second)).IsAllowed);
    }

    [Fact]
    public void Restore_OfSaved_GoesOnInOrder()
    {
        Enqueue("1", Start);
        Enqueue("2", Start);
        Enqueue("3", Start);
        Deliver(Start, WorkResult.Failed("no"));
        Assert.NotNull(_queue.Next(_turns, Start + Second));

        var restored = WorkQueue.Restore(OnePerSecond, _queue.Save(), keepsTurns: true);

        // What was being delivered when it was saved comes again.
        Assert.Equal((2, 1, _queue.Bytes, _queue.FailedBytes), (restored.Length, restored.FailedCount, restored.Bytes, restored.FailedBytes));
        Assert.Equal(WorkAnswerStatus.Known, restored.Enqueue(new("1", default), _turns, Start + Second).Status);
        Assert.Equal("2", restored.Next(_turns, Start + (2 * Second))!.Id);
        restored.End(WorkResult.Done, 5, 1, Start + (2 * Second));
        Assert.Equal("3", restored.Next(_turns, Start + (3 * Second))!.Id);
    }

    [Fact]
    public void Abandon_AnAttemptBrokenOff_CountsAsNeverBegun()
    {
        Enqueue("1", Start);
        _queue.Next(_turns, Start);
        _queue.Abandon();

        Assert.Equal(("1", 1), Deliver(Start + Second, WorkResult.Done));
    }

    [Fact]
    public void IsEmpty_AfterTheIdsAreForgotten_IsTrue()
    {
        Enqueue("1", Start);
        Deliver(Start, WorkResult.Done);

        Assert.False(_queue.IsEmpty(Start + WorkLimits.RememberedTicks - 1));
        Assert.True(_queue.IsEmpty(Start + WorkLimits.RememberedTicks));
    }

    private static (WorkQueue Queue, BucketTurns Turns) Of(QueueSpec spec) => (new(spec), new(spec, Start));

    private WorkAnswer Enqueue(string id, long now) => _queue.Enqueue(new(id, new byte[] { 1 }), _turns, now);

    private (string Id, int Attempt) Deliver(long now, WorkResult result, int attempts = 5, long backoff = 1)
    {
        var item = _queue.Next(_turns, now);
        Assert.True(item is not null, $"Nothing is due at {now - Start}; the next is at {_queue.WakeAt - Start}.");
        _queue.End(result, attempts, backoff, now);
        return (item.Id, item.Attempts);
    }

    /// <summary>Delivers everything at the instants that the queue asks for; when, in ticks from the start.</summary>
    private List<(string Id, long At)> Drain(long now)
    {
        var delivered = new List<(string Id, long At)>();
        while (true)
        {
            if (_queue.Next(_turns, now) is { } item)
            {
                delivered.Add((item.Id, now - Start));
                _queue.End(WorkResult.Done, 5, 1, now);
            }
            else if (_queue.WakeAt == Ticks.Never)
            {
                return delivered;
            }
            else
            {
                Assert.True(_queue.WakeAt > now, "It asks to be woken when it has just been asked.");
                now = _queue.WakeAt;
            }
        }
    }
}
