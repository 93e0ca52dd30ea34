using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

/// <content>What storage may hold of a bucket, and what that covers.</content>
public abstract partial class LimiterContract<TState>
{
    /// <summary>Whether permits that nobody asked for can be counted.</summary>
    protected virtual bool SetsAside => true;

    [Fact]
    public void Covers_TheSameState_IsTrueEverAfter() => ForEach((limiter, start) =>
    {
        foreach (var state in SomeStates(limiter, start))
        {
            foreach (var elapsed in Moments(limiter, start))
            {
                var stored = Copy(limiter, state);
                var actual = Copy(limiter, state);
                Assert.True(limiter.Covers(stored, actual, start + elapsed), $"{elapsed} ticks on");

                // A refusal brings the state up to the present, which changes nothing of what it grants.
                limiter.Acquire(ref actual, limiter.Limit, start + elapsed);
                if (!limiter.Peek(stored, limiter.Limit, start + elapsed).IsAllowed)
                {
                    Assert.True(limiter.Covers(stored, actual, start + elapsed), $"refused {elapsed} ticks on");
                    Assert.True(limiter.Covers(stored, actual, Math.Max(0, start - elapsed)), $"refused, and the clock goes back");
                }
            }
        }
    });

    [Fact]
    public void Covers_StoredBeforeAGrant_IsFalse() => ForEach((limiter, start) =>
    {
        foreach (var wait in new[] { 0, Ticks.PerDay })
        {
            foreach (var state in SomeStates(limiter, start))
            {
                var stored = Copy(limiter, state);
                var actual = Copy(limiter, state);
                if (limiter.Acquire(ref actual, 1, start, wait).IsAllowed)
                {
                    Assert.False(limiter.Covers(stored, actual, start), $"stored {Convert.ToHexString(limiter.Save(stored))}, wait {wait}");
                }
            }
        }
    });

    [Fact]
    public void TrySetAside_SomePermits_CoversThatManyGrantsAndNoMore() => ForEach((limiter, start) =>
    {
        foreach (var aside in Costs(limiter).Where(_ => SetsAside))
        {
            var actual = limiter.Create(start);
            var stored = limiter.Create(start);
            Assert.True(limiter.TrySetAside(ref stored, aside, start));
            Assert.Equal(limiter.Limit - aside, limiter.Peek(stored, 0, start).Remaining);
            Assert.True(limiter.Covers(stored, actual, start));
            for (var left = aside; left > 0;)
            {
                var cost = left > 40 ? left - 20 : 1;
                Assert.True(limiter.Acquire(ref actual, cost, start).IsAllowed);
                left -= cost;
                Assert.True(limiter.Covers(stored, actual, start), $"{left} of {aside} left");
            }

            if (limiter.Acquire(ref actual, 1, start, Ticks.PerDay).IsAllowed)
            {
                Assert.False(limiter.Covers(stored, actual, start), $"{aside} set aside, one more granted");
            }
        }
    });

    [Fact]
    public void TrySetAside_AnyNumber_GivesAStateThatMayBeSaved() => ForEach((limiter, start) =>
    {
        foreach (var permits in new[] { 0, 1, limiter.Limit, limiter.Limit + 1, Limits.MaxPermits, long.MaxValue })
        {
            foreach (var state in SomeStates(limiter, start))
            {
                var stored = Copy(limiter, state);
                Assert.Equal(SetsAside, limiter.TrySetAside(ref stored, permits, start + 1));
                Assert.Equal(limiter.Save(stored), limiter.Save(Copy(limiter, stored)));
                Assert.True(limiter.Covers(stored, state, start + 1));
                Assert.True(limiter.Covers(Copy(limiter, stored), state, start + 1));
                if (!SetsAside)
                {
                    Assert.Equal(limiter.Save(state), limiter.Save(stored));
                }
            }
        }
    });

    /// <summary>Nothing was spent, and yet what was stored covers nothing any more: all that was set aside has come back.</summary>
    [Fact]
    public void Covers_SetAsideAndRefilled_IsFalseFromTheNextGrantOn() => ForEach((limiter, start) =>
    {
        var stored = limiter.Create(start);
        limiter.TrySetAside(ref stored, limiter.Limit, start);
        var due = Ticks.Add(start, limiter.Peek(stored, 0, start).ResetAfterTicks);
        if (due <= Ticks.MaxInstant)
        {
            var actual = limiter.Create(start);
            Assert.True(limiter.Covers(stored, actual, due));
            limiter.Acquire(ref actual, 1, due);

            Assert.False(limiter.Covers(stored, actual, due));
        }
    });
}
