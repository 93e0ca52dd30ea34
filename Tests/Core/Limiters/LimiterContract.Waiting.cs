using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

/// <content>Waiting, giving back, taking back.</content>
public abstract partial class LimiterContract<TState>
{
    [Fact]
    public void Return_OfEverything_AllowsTheSameAgainAndNoMore() => ForEach((limiter, start) =>
    {
        var state = limiter.Create(start);
        var taken = limiter.Acquire(ref state, limiter.Limit, start);

        Assert.True(limiter.Return(ref state, taken.Grant, start));
        Assert.Equal(limiter.Limit, limiter.Peek(state, 0, start).Remaining);
        limiter.Return(ref state, taken.Grant, start);
        Assert.Equal(limiter.Limit, limiter.Peek(state, 0, start).Remaining);
        Assert.True(limiter.IsNew(state, start));
        AssertSameAnswers(limiter, limiter.Create(start), state, start);

        Assert.True(limiter.Acquire(ref state, limiter.Limit, start).IsAllowed);
        Assert.False(limiter.Acquire(ref state, 1, start).IsAllowed);
    });

    [Fact]
    public void Return_OfAPart_GivesThatPartBack() => ForEach((limiter, start) =>
    {
        if (limiter.Limit < 2)
        {
            return;
        }

        var state = limiter.Create(start);
        var half = limiter.Acquire(ref state, limiter.Limit / 2, start);
        limiter.Acquire(ref state, limiter.Limit - (limiter.Limit / 2), start);

        Assert.True(limiter.Return(ref state, half.Grant, start));

        Assert.Equal(limiter.Limit / 2, limiter.Peek(state, 0, start).Remaining);
        Assert.True(limiter.Acquire(ref state, limiter.Limit / 2, start).IsAllowed);
        Assert.False(limiter.Acquire(ref state, 1, start).IsAllowed);
    });

    [Fact]
    public void Return_OfNothing_GivesNothing() => ForEach((limiter, start) =>
    {
        var state = Drained(limiter, start);
        var before = limiter.Save(state);

        Assert.False(limiter.Return(ref state, default, start));
        Assert.False(limiter.Return(ref state, new Grant(0, start), start));

        Assert.Equal(before, limiter.Save(state));
    });

    [Fact]
    public void Acquire_WithWait_GrantsInOrderWithinTheDeadline() => ForEach((limiter, start) =>
    {
        var state = Drained(limiter, start);
        var last = start;
        foreach (var cost in Costs(limiter).Concat(Costs(limiter)))
        {
            var offer = limiter.Peek(state, cost, start, Ticks.Never);
            if (!offer.IsAllowed)
            {
                continue;
            }

            Assert.True(Reserves, "This limiter reserves nothing ahead.");
            Assert.True(offer.DelayTicks > 0);
            var before = limiter.Save(state);
            var tooShort = limiter.Acquire(ref state, cost, start, offer.DelayTicks - 1);
            Assert.False(tooShort.IsAllowed);
            Assert.Equal(before, limiter.Save(state));

            var granted = limiter.Acquire(ref state, cost, start, offer.DelayTicks);
            Assert.Equal(offer, granted);
            Assert.Equal(start + granted.DelayTicks, granted.Grant.ValidAt);
            Assert.Equal((cost, 0), (granted.Grant.Permits, granted.Remaining));
            Assert.True(granted.Grant.ValidAt >= last, "A later call was granted an earlier instant.");
            last = granted.Grant.ValidAt;
        }
    });

    [Fact]
    public void Acquire_WithWait_TakesNoLongerThanTheRetryInstant() => ForEach((limiter, start) =>
    {
        foreach (var cost in Costs(limiter))
        {
            var state = Drained(limiter, start);
            var refused = limiter.Acquire(ref state, cost, start);
            var granted = limiter.Acquire(ref state, cost, start, Ticks.Never);
            if (granted.IsAllowed)
            {
                Assert.Equal(refused.RetryAfterTicks, granted.DelayTicks);
            }
            else if (!RetriesByItsWait)
            {
                Assert.Equal(refused, granted);
            }
            else
            {
                Assert.InRange(granted.RetryAfterTicks, 1, refused.RetryAfterTicks);
                var due = Ticks.Add(start, granted.RetryAfterTicks);
                Assert.False(limiter.Peek(state, cost, due - 1, Ticks.Never).IsAllowed);
                Assert.True(due > Ticks.MaxInstant || limiter.Peek(state, cost, due, Ticks.Never).IsAllowed);
            }
        }
    });

    [Fact]
    public void Return_OfTheLastReservation_AllowsTheSameAgain() => ForEach((limiter, start) =>
    {
        foreach (var cost in Costs(limiter))
        {
            var state = Drained(limiter, start);
            var waiting = limiter.Acquire(ref state, cost, start, Ticks.Never);
            if (!waiting.IsAllowed)
            {
                continue;
            }

            Assert.True(limiter.Return(ref state, waiting.Grant, start));
            Assert.Equal(waiting, limiter.Acquire(ref state, cost, start, Ticks.Never));
        }
    });

    [Fact]
    public void UndoNewest_OfAReservation_RestoresEveryAnswer() => ForEach((limiter, start) =>
    {
        foreach (var state in SomeStates(limiter, start).Where(s => !limiter.IsNew(s, start)))
        {
            foreach (var cost in Costs(limiter))
            {
                var changed = Copy(limiter, state);
                var before = limiter.Copy(changed);
                var waiting = limiter.Acquire(ref changed, cost, start, Ticks.Never);
                if (waiting.DelayTicks < 2)
                {
                    continue;
                }

                AssertSameAnswers(limiter, state, before, start);
                var later = start + (waiting.DelayTicks / 2);
                Assert.True(limiter.UndoNewest(ref changed, before, waiting.Grant, later));
                AssertSameAnswers(limiter, state, changed, later);
                Assert.Equal(limiter.Save(changed), limiter.Save(Copy(limiter, changed)));
            }
        }
    });

    [Fact]
    public void Acquire_ManyFullReservations_StayExactAndSaveable() => ForEach((limiter, start) =>
    {
        var state = Drained(limiter, start);
        for (var i = 0; i < 1_500; i++)
        {
            var offer = limiter.Peek(state, limiter.Limit, start, 100 * Year);
            Assert.Equal(offer, limiter.Acquire(ref state, limiter.Limit, start, 100 * Year));
            if (!offer.IsAllowed)
            {
                break;
            }
        }

        AssertSameAnswers(limiter, state, Copy(limiter, state), start);
    });
}
