using Throttle.Core.Limiters;
using Throttle.Core.Time;
using Throttle.Tests.Core.Limiters.Models;

namespace Throttle.Tests.Core.Limiters;

/// <summary>
/// What holds of every bucket whatever has happened to it: calls, returns, other numbers in every mode, being saved and
/// restored under other numbers, clocks that go back and years that pass.
/// </summary>
public sealed class AnythingTests
{
    private const long Start = ModelRun<TokenBucketState>.Start;
    private const long Year = 365 * Ticks.PerDay;

    private static readonly (long Limit, long Ticks)[] Numbers =
    [
        (5, Ticks.PerSecond), (10, 3_600 * Ticks.PerSecond), (1, Limits.MinPeriodTicks), (3, 11), (1_000, 10_000_019),
        (Limits.MaxPermits, Limits.MinPeriodTicks), (Limits.MaxPermits - 1, Limits.MaxPeriodTicks - 1),
    ];

    private static readonly Bandwidth[] Bandwidths =
    [
        new(5, new Rate(1, Ticks.PerSecond)), new(1, new Rate(3, Ticks.PerSecond)), new(20, new Rate(300, 10 * Ticks.PerSecond)),
        new(7, new Rate(3, 10_000_019)), new(100, new Rate(1_000, 13)), new(1_000, new Rate(1, Limits.MaxPeriodTicks)),
        new(Limits.MaxPermits, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks)),
        new(Limits.MaxPermits, new Rate(1, Limits.MaxPeriodTicks)),
    ];

    [Fact]
    public void TokenBucket_AfterAnything_KeepsItsWord() =>
        Check(3_001, [.. Bandwidths.Select(b => new TokenBucket(b.Capacity, b.Refill))]);

    [Fact]
    public void LeakyBucket_AfterAnything_KeepsItsWord() =>
        Check(3_002, [.. Bandwidths.Select(b => new LeakyBucket(b.Capacity, b.Refill))]);

    [Fact]
    public void MultiTokenBucket_AfterAnything_KeepsItsWord() => Check(
        3_003, [.. Bandwidths.Select((b, i) => new MultiTokenBucket([b, .. Bandwidths.Take(i % 3)]))]);

    [Fact]
    public void FixedWindow_AfterAnything_KeepsItsWord() => Check(
        3_004,
        [
            .. Numbers.Select(n => new FixedWindow(n.Limit, n.Ticks)),
            .. Numbers.Select(n => new FixedWindow(n.Limit, n.Ticks, WindowAnchor.FirstUse)),
            new FixedWindow(6, CalendarUnit.Day, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")),
            new FixedWindow(7, CalendarUnit.Minute, TimeZoneInfo.FindSystemTimeZoneById("America/New_York")),
            new FixedWindow(70, CalendarUnit.Month, TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata")),
        ]);

    [Fact]
    public void SlidingLog_AfterAnything_KeepsItsWord() => Check(3_005, [.. Numbers.Select(n => new SlidingLog(n.Limit, n.Ticks))]);

    [Fact]
    public void SlidingWindow_AfterAnything_KeepsItsWord() => Check(3_006, [.. Numbers.Select(n => new SlidingWindow(n.Limit, n.Ticks))]);

    [Fact]
    public void Spacing_AfterAnything_KeepsItsWord() => Check(3_007, [.. Numbers.Select((n, i) => new Spacing(n.Ticks, i % 4))]);

    [Fact]
    public void Concurrency_AfterAnything_KeepsItsWord() => Check(3_008, [.. Numbers.Select(n => new Concurrency(n.Limit, n.Ticks))]);

    private static void Check<TState>(ulong seed, ILimiter<TState>[] limiters)
        where TState : struct =>
        Step.Check(seed, 1_200, Step.Sequences(limiters.Length, 40), (number, steps) =>
        {
            var limiter = limiters[number];
            var state = limiter.Create(Start);
            var now = Start;
            var grants = new List<Grant>();
            foreach (var step in steps)
            {
                now = Pass(limiter, step, now);
                Do(limiters, step, now, grants, ref limiter, ref state);
                CheckWord(limiter, state, now);
            }
        });

    private static long Scale<TState>(ILimiter<TState> limiter)
        where TState : struct
    {
        var state = limiter.Create(Start);
        return Math.Min(limiter.Acquire(ref state, limiter.Limit, Start).ResetAfterTicks, Year);
    }

    private static long Pass<TState>(ILimiter<TState> limiter, Step step, long now)
        where TState : struct => step.Pace switch
        {
            < 30 => now,
            < 50 => now + (step.Time % 20),
            < 85 => now + (long)((Int128)Scale(limiter) * step.Time / 900),
            < 97 => Math.Max(0, now - (long)((Int128)Scale(limiter) * step.Time / 900)),
            _ => Math.Min(now + (step.Time * Year / 100), Ticks.MaxInstant - (1_000 * Year)),
        };

    private static void Do<TState>(
        ILimiter<TState>[] limiters, Step step, long now, List<Grant> grants, ref ILimiter<TState> limiter, ref TState state)
        where TState : struct
    {
        var other = limiters[step.Time % limiters.Length];
        switch (step.Kind)
        {
            case < 60:
                var cost = limiter.Limit < 100 ? step.Cost % (limiter.Limit + 2) : (long)((Int128)limiter.Limit * step.Cost / 100);
                var wait = step.Wait < 400 ? 0 : (long)((Int128)Scale(limiter) * step.Wait / 300);
                var peeked = limiter.Peek(state, cost, now, wait);
                var decision = limiter.Acquire(ref state, cost, now, wait);
                Assert.Equal(peeked, decision.WithoutLeaseId());
                grants.Add(decision.Grant);
                break;
            case < 75 when grants.Count > 0:
                limiter.Return(ref state, grants[step.Time % grants.Count], now);
                grants.RemoveAt(step.Time % grants.Count);
                break;
            case < 90:
                state = other.CarryOver(state, limiter, (OnChange)(step.Cost % 4), now);
                limiter = other;
                break;
            default:
                Restart(other, step, ref limiter, ref state);
                break;
        }
    }

    /// <summary>Saved, and restored under other numbers; a state of another form is refused and the bucket lives on.</summary>
    private static void Restart<TState>(ILimiter<TState> other, Step step, ref ILimiter<TState> limiter, ref TState state)
        where TState : struct
    {
        try
        {
            state = (step.Cost < 60 ? other : limiter).Restore(limiter.Save(state));
            limiter = step.Cost < 60 ? other : limiter;
        }
        catch (FormatException) when (step.Cost < 60 && limiter is MultiTokenBucket)
        {
            state = limiter.Restore(limiter.Save(state));
        }
    }

    private static void CheckWord<TState>(ILimiter<TState> limiter, in TState state, long now)
        where TState : struct
    {
        // Asked from the latest instant that the state has seen: what it grants next is not before that.
        var seen = limiter.Peek(state, 0, now).Grant.ValidAt;
        Assert.True(seen >= now, "A grant before the present.");
        var asked = limiter.Peek(state, 0, seen);
        Assert.InRange(asked.Remaining, 0, limiter.Limit);
        Assert.Equal(asked.Remaining > 0, limiter.Peek(state, Math.Max(1, asked.Remaining), seen).DelayTicks == 0
            && limiter.Peek(state, Math.Max(1, asked.Remaining), seen).IsAllowed);
        Assert.Equal(asked.Remaining == limiter.Limit, limiter.Peek(state, Math.Min(limiter.Limit, asked.Remaining + 1), seen).IsAllowed);
        CheckReset(limiter, state, seen, asked.ResetAfterTicks);
        foreach (var cost in new[] { 1, (limiter.Limit / 2) + 1, limiter.Limit })
        {
            CheckRetry(limiter, state, seen, cost);
        }

        var restored = limiter.Restore(limiter.Save(state));
        Assert.Equal(limiter.Save(state), limiter.Save(restored));
        foreach (var cost in new[] { 0, 1, limiter.Limit })
        {
            Assert.Equal(limiter.Peek(state, cost, now, Ticks.Never), limiter.Peek(restored, cost, now, Ticks.Never));
        }
    }

    private static void CheckReset<TState>(ILimiter<TState> limiter, in TState state, long seen, long reset)
        where TState : struct
    {
        Assert.Equal(reset == 0, limiter.IsNew(state, seen));
        if (reset > 0 && reset <= Ticks.MaxInstant - seen)
        {
            Assert.False(limiter.IsNew(state, seen + reset - 1));
            Assert.True(limiter.IsNew(state, seen + reset));
            Assert.Equal(limiter.Limit, limiter.Peek(state, 0, seen + reset).Remaining);
        }
    }

    private static void CheckRetry<TState>(ILimiter<TState> limiter, in TState state, long seen, long cost)
        where TState : struct
    {
        var decision = limiter.Peek(state, cost, seen);
        var waiting = limiter.Peek(state, cost, seen, Ticks.Never);
        Assert.True(!decision.IsAllowed || decision == waiting, "A caller who may wait does not fare worse.");
        if (!decision.IsAllowed && decision.RetryAfterTicks <= Ticks.MaxInstant - seen)
        {
            Assert.False(limiter.Peek(state, cost, seen + decision.RetryAfterTicks - 1).IsAllowed, $"cost {cost} early");
            Assert.True(limiter.Peek(state, cost, seen + decision.RetryAfterTicks).IsAllowed, $"cost {cost} refused when due");
            Assert.True(!waiting.IsAllowed || waiting.DelayTicks == decision.RetryAfterTicks);
        }
    }
}
