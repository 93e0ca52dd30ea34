using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters;

/// <summary>What every limiter promises. One sealed class a limiter names the numbers it is tried with.</summary>
public abstract partial class LimiterContract<TState>
    where TState : struct
{
    /// <summary>Some afternoon, inside every kind of window and at a round number of nothing.</summary>
    protected const long Start = 638_712_345_678_901_237;

    private const long Year = 365 * Ticks.PerDay;

    /// <summary>The limiters of the cases.</summary>
    internal IEnumerable<ILimiter<TState>> AllCases => Cases.Select(pair => pair.Limiter);

    protected abstract IReadOnlyList<(string Name, ILimiter<TState> Limiter)> Cases { get; }

    /// <summary>Whether a call may be granted an instant in the future.</summary>
    protected virtual bool Reserves => true;

    /// <summary>Whether a caller that would wait is told when it may join, rather than when it may go.</summary>
    protected virtual bool RetriesByItsWait => false;

    /// <summary>Remaining permits that a carried bucket may have at most, for the share that was used.</summary>
    protected abstract long MostAfter(OnChange onChange, long before, ILimiter<TState> old, ILimiter<TState> changed);

    [Fact]
    public void Acquire_NewBucket_GrantsLimitAtOnceThenRefuses() => ForEach((limiter, start) =>
    {
        var state = limiter.Create(start);

        var taken = limiter.Acquire(ref state, limiter.Limit, start);
        var refused = limiter.Acquire(ref state, 1, start);

        Assert.True(taken.IsAllowed);
        Assert.Equal((0, 0, limiter.Limit), (taken.DelayTicks, taken.RetryAfterTicks, taken.Limit));
        Assert.Equal((limiter.Limit, start), (taken.Grant.Permits, taken.Grant.ValidAt));
        Assert.Equal(0, taken.Remaining);
        Assert.True(taken.ResetAfterTicks > 0);
        Assert.False(refused.IsAllowed);
        Assert.False(refused.NeverFits);
        Assert.True(refused.RetryAfterTicks >= 1);
        Assert.Equal(default, refused.Grant);
    });

    [Fact]
    public void Acquire_OneByOne_GrantsExactlyTheLimit() => ForEach((limiter, start) =>
    {
        var state = limiter.Create(start);
        var first = limiter.Limit - Math.Min(50, limiter.Limit - 1);
        Assert.True(limiter.Acquire(ref state, first, start).IsAllowed);
        for (var taken = first; taken < limiter.Limit; taken++)
        {
            var decision = limiter.Acquire(ref state, 1, start);
            Assert.True(decision.IsAllowed, $"permit {taken + 1} of {limiter.Limit}");
            Assert.Equal(limiter.Limit - taken - 1, decision.Remaining);
        }

        Assert.False(limiter.Acquire(ref state, 1, start).IsAllowed);
    });

    [Fact]
    public void Acquire_AroundRetryInstant_AllowsOnlyWhenDue() => ForEach((limiter, start) =>
    {
        foreach (var cost in Costs(limiter))
        {
            foreach (var part in new[] { 0, 3, 7 })
            {
                var state = Drained(limiter, start);
                var refused = limiter.Acquire(ref state, cost, start + part);
                Assert.True(refused.IsAllowed || refused.RetryAfterTicks >= 1);
                var due = Ticks.Add(start + part, refused.RetryAfterTicks);
                if (refused.IsAllowed)
                {
                    continue;
                }

                if (due > Ticks.MaxInstant)
                {
                    Assert.False(limiter.Peek(state, cost, Ticks.MaxInstant).IsAllowed);
                    continue;
                }

                var early = Copy(limiter, state);
                Assert.False(limiter.Acquire(ref early, cost, due - 1).IsAllowed, $"cost {cost} passes a tick before it is due");
                Assert.True(limiter.Acquire(ref state, cost, due).IsAllowed, $"cost {cost} fails when due");
            }
        }
    });

    [Fact]
    public void Acquire_CostZero_IsAllowedAndChangesNothing() => ForEach((limiter, start) =>
    {
        foreach (var state in SomeStates(limiter, start))
        {
            foreach (var later in new[] { 0, 1, Ticks.PerSecond, Year })
            {
                var asked = state;
                var before = limiter.Save(asked);
                var decision = limiter.Acquire(ref asked, 0, start + later, Ticks.PerDay);

                Assert.True(decision.IsAllowed);
                Assert.Equal((0, 0), (decision.DelayTicks, decision.Grant.Permits));
                Assert.Equal(before, limiter.Save(asked));
            }
        }
    });

    [Fact]
    public void Acquire_CostAboveLimit_NeverFitsAndChangesNothing() => ForEach((limiter, start) =>
    {
        foreach (var state in SomeStates(limiter, start))
        {
            foreach (var cost in new[] { limiter.Limit + 1, Limits.MaxPermits + 1, long.MaxValue })
            {
                var asked = state;
                var before = limiter.Save(asked);
                var decision = limiter.Acquire(ref asked, cost, start + 1, Ticks.Never);

                Assert.False(decision.IsAllowed);
                Assert.True(decision.NeverFits);
                Assert.Equal((0, 0), (decision.RetryAfterTicks, decision.DelayTicks));
                Assert.Equal(default, decision.Grant);
                Assert.Equal(decision, limiter.Peek(asked, cost, start + 1, Ticks.Never));
                Assert.Equal(before, limiter.Save(asked));
            }
        }
    });

    [Fact]
    public void GiveBack_PermitsThatNobodyNames_MakesNoMoreThanANewBucketHolds() => ForEach((limiter, start) =>
    {
        foreach (var state in SomeStates(limiter, start).Where(s => limiter.Peek(s, 0, start).ResetAfterTicks < Ticks.Never))
        {
            foreach (var permits in new[] { 0, 1, 2, limiter.Limit, Limits.MaxPermits })
            {
                var given = Copy(limiter, state);
                var before = limiter.Peek(given, 0, start).Remaining;

                limiter.GiveBack(ref given, permits, start);

                var after = limiter.Peek(given, 0, start).Remaining;
                Assert.InRange(after, before, Math.Min(limiter.Limit, before + permits));
                Assert.False(limiter.Peek(given, limiter.Limit + 1, start).IsAllowed);
            }
        }
    });

    [Fact]
    public void GiveBack_WhatWasTakenJustNow_IsThereAgain() => ForEach((limiter, start) =>
    {
        foreach (var taken in Costs(limiter))
        {
            var state = limiter.Create(start);
            limiter.Acquire(ref state, taken, start);

            limiter.GiveBack(ref state, taken - 1, start);
            Assert.Equal(limiter.Limit - 1, limiter.Peek(state, 0, start).Remaining);
            limiter.GiveBack(ref state, 1, start);

            Assert.Equal(limiter.Limit, limiter.Peek(state, 0, start).Remaining);
            Assert.True(limiter.IsNew(state, start));
            Assert.Throws<ArgumentOutOfRangeException>(() => limiter.GiveBack(ref state, -1, start));
        }
    });

    [Fact]
    public void Acquire_CostNegative_ThrowsAndChangesNothing() => ForEach((limiter, start) =>
    {
        foreach (var cost in new[] { -1, long.MinValue })
        {
            var state = Drained(limiter, start);
            var before = limiter.Save(state);

            var fault = Assert.Throws<ArgumentOutOfRangeException>(() => limiter.Acquire(ref state, cost, start + 5));
            Assert.Throws<ArgumentOutOfRangeException>(() => limiter.Peek(state, cost, start + 5));

            Assert.Equal("cost", fault.ParamName);
            Assert.Contains($"cost is {cost}; use 0 to", fault.Message, StringComparison.Ordinal);
            Assert.Equal(before, limiter.Save(state));
        }
    });

    [Fact]
    public void Peek_BeforeAcquire_AgreesAndChangesNothing() => ForEach((limiter, start) =>
    {
        foreach (var state in SomeStates(limiter, start))
        {
            foreach (var later in new[] { 0, 1, 17, Ticks.PerSecond, Year })
            {
                foreach (var cost in Costs(limiter))
                {
                    foreach (var wait in new[] { 0, Ticks.PerMicrosecond, Ticks.PerDay, Ticks.Never })
                    {
                        var before = limiter.Save(state);
                        var peeked = limiter.Peek(state, cost, start + later, wait);
                        Assert.Equal(before, limiter.Save(state));
                        var asked = Copy(limiter, state);
                        Assert.Equal(peeked, limiter.Acquire(ref asked, cost, start + later, wait).WithoutLeaseId());
                    }
                }
            }
        }
    });

    [Fact]
    public void Acquire_Refused_LeavesTheAnswersAlone() => ForEach((limiter, start) =>
    {
        var state = Drained(limiter, start);
        var before = limiter.Save(state);
        Assert.False(limiter.Acquire(ref state, limiter.Limit, start).IsAllowed);
        Assert.Equal(before, limiter.Save(state));

        foreach (var elapsed in Moments(limiter, start))
        {
            var asked = Drained(limiter, start);
            var untouched = Drained(limiter, start);
            if (!limiter.Acquire(ref asked, limiter.Limit, start + elapsed).IsAllowed)
            {
                AssertSameAnswers(limiter, untouched, asked, start + elapsed);
            }
        }
    });

    [Fact]
    public void Acquire_TimeGoesBack_NothingIsRefilledLostOrStalled() => ForEach((limiter, start) =>
    {
        var state = Drained(limiter, start);
        var atStart = limiter.Peek(state, 1, start);
        foreach (var back in new[] { 1, Ticks.PerSecond, Year, start })
        {
            var before = limiter.Save(state);
            var earlier = limiter.Acquire(ref state, 1, Math.Max(0, start - back));
            Assert.Equal(atStart, earlier);
            Assert.Equal(before, limiter.Save(state));
        }

        var due = Ticks.Add(start, atStart.RetryAfterTicks);
        if (due <= Ticks.MaxInstant)
        {
            Assert.True(limiter.Acquire(ref state, 1, due).IsAllowed);
        }

        var fresh = limiter.Create(start);
        var granted = limiter.Acquire(ref fresh, 1, Math.Max(0, start - Year));
        Assert.True(granted.IsAllowed);
        Assert.Equal(start, granted.Grant.ValidAt);
    });

    [Fact]
    public void Acquire_AfterAThousandYears_IsAsNewOrExact() => ForEach((limiter, start) =>
    {
        var state = Drained(limiter, start);
        var reset = limiter.Peek(state, 0, start).ResetAfterTicks;
        var later = start + (1_000 * Year);

        var decision = limiter.Peek(state, limiter.Limit, later);

        Assert.Equal(reset <= later - start, decision.IsAllowed);
        Assert.Equal(reset <= later - start, limiter.IsNew(state, later));
        if (decision.IsAllowed)
        {
            AssertSameAnswers(limiter, limiter.Create(later), state, later);
        }
    });

    [Fact]
    public void Acquire_AtTheEndsOfTime_NeitherThrowsNorGrantsPastTheYear9999() => ForEach((limiter, _) =>
    {
        foreach (var now in new[] { 0, 1, Ticks.MaxInstant - 1, Ticks.MaxInstant })
        {
            var state = limiter.Create(now);
            Assert.True(limiter.Acquire(ref state, limiter.Limit, now).IsAllowed);
            for (var i = 0; i < 5; i++)
            {
                var decision = limiter.Acquire(ref state, limiter.Limit, now, Ticks.Never);
                Assert.True(!decision.IsAllowed || decision.Grant.ValidAt <= Ticks.MaxInstant);
                Assert.Equal(limiter.Save(state), limiter.Save(Copy(limiter, state)));
                limiter.Peek(state, 1, Ticks.MaxInstant);
            }

            limiter.IsNew(state, Ticks.MaxInstant);
            limiter.CarryOver(state, limiter, OnChange.Proportional, Ticks.MaxInstant);
        }
    });

    /// <summary>The state by way of its bytes: shares nothing with it.</summary>
    protected static TState Copy(ILimiter<TState> limiter, in TState state) => limiter.Restore(limiter.Save(state));

    protected static TState Drained(ILimiter<TState> limiter, long start)
    {
        var state = limiter.Create(start);
        limiter.Acquire(ref state, limiter.Limit, start);
        return state;
    }

    protected static void AssertSameAnswers(ILimiter<TState> limiter, in TState expected, in TState actual, long from)
    {
        foreach (var elapsed in Moments(limiter, from))
        {
            foreach (var cost in Costs(limiter).Prepend(0).Append(limiter.Limit + 1))
            {
                foreach (var wait in new[] { 0, Ticks.Never })
                {
                    var wanted = limiter.Peek(expected, cost, from + elapsed, wait);
                    var given = limiter.Peek(actual, cost, from + elapsed, wait);
                    Assert.True(wanted == given, $"{elapsed} ticks on, cost {cost}, wait {wait}: expected {wanted}, was {given}");
                }
            }
        }
    }

    protected void ForEach(Action<ILimiter<TState>, long> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        foreach (var (name, limiter) in Cases)
        {
            foreach (var start in new[] { Start, 5 })
            {
                try
                {
                    check(limiter, start);
                }
                catch (Exception fault)
                {
                    throw new InvalidOperationException($"{name}, from instant {start}: {fault.Message}", fault);
                }
            }
        }
    }

    /// <summary>New, a little used, half used, all used, and where it can be reserved ahead.</summary>
    private static IEnumerable<TState> SomeStates(ILimiter<TState> limiter, long start)
    {
        yield return limiter.Create(start);
        foreach (var cost in Costs(limiter))
        {
            var state = limiter.Create(start);
            limiter.Acquire(ref state, cost, start);
            yield return state;
        }

        var reserved = Drained(limiter, start);
        limiter.Acquire(ref reserved, 1, start, Ticks.PerDay);
        limiter.Acquire(ref reserved, limiter.Limit, start, Ticks.PerDay);
        yield return reserved;
    }

    private static long[] Costs(ILimiter<TState> limiter) =>
        [.. new[] { 1, 2, limiter.Limit / 3, (limiter.Limit / 2) + 1, limiter.Limit }.Where(c => c >= 1 && c <= limiter.Limit).Distinct()];

    /// <summary>Moments around everything that happens to a drained bucket, in ticks after now.</summary>
    private static long[] Moments(ILimiter<TState> limiter, long from)
    {
        var drained = Drained(limiter, from);
        var reset = Math.Min(100 * Year, limiter.Peek(drained, 0, from).ResetAfterTicks);
        var retry = Math.Min(100 * Year, limiter.Peek(drained, 1, from).RetryAfterTicks);
        return [.. new[] { 0, 1, retry - 1, retry, retry + 1, reset / 3, reset / 2, reset - 1, reset, reset + 1, reset + (reset / 2) }
            .Where(m => m >= 0 && m <= Ticks.MaxInstant - from).Distinct().Order()];
    }

    private static void UseOrRefuse(ILimiter<TState> limiter, byte[] damaged, long start)
    {
        TState state;
        try
        {
            state = limiter.Restore(damaged);
        }
        catch (FormatException)
        {
            return;
        }

        foreach (var cost in Costs(limiter))
        {
            var decision = limiter.Acquire(ref state, cost, start, Ticks.PerSecond);
            Assert.InRange(decision.Remaining, 0, limiter.Limit);
            limiter.Return(ref state, decision.Grant, start + 1);
        }

        limiter.Save(state);
        limiter.IsNew(state, start + Year);
    }
}
