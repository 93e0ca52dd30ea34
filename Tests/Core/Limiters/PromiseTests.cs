using System.Numerics;
using Throttle.Core.Limiters;
using Throttle.Core.Time;
using Throttle.Tests.Core.Limiters.Models;

namespace Throttle.Tests.Core.Limiters;

/// <summary>What is promised in numbers: how much is admitted in any interval, over any run of calls.</summary>
public sealed class PromiseTests
{
    private const long Start = ModelRun<TokenBucketState>.Start;

    private static readonly Bandwidth[] Bandwidths =
    [
        new(10, new Rate(10, Ticks.PerSecond)),
        new(1, new Rate(3, Ticks.PerSecond)),
        new(7, new Rate(3, 10_000_019)),
        new(3, new Rate(7, 10)),
        new(100, new Rate(1_000, 13)),
        new(2, new Rate(999_983, 1_000_003)),
        new(1_000_000, new Rate(1, Limits.MaxPeriodTicks)),
        new(Limits.MaxPermits, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks)),
        new(Limits.MaxPermits, new Rate(Limits.MaxPermits - 1, Limits.MaxPeriodTicks - 1)),
        new(1, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks)),
    ];

    /// <remarks>
    /// A reservation given back before its time was never admitted. Permits given back after their instant count against
    /// what is admitted from then on: the bucket cannot know whether they would have overflowed meanwhile.
    /// </remarks>
    [Fact]
    public void TokenBucket_AnySteps_NeverAdmitsMoreThanBurstPlusRateTimesInterval() =>
        Step.Check(2_001, 4_000, Step.Sequences(Bandwidths.Length), (number, steps) =>
        {
            var bandwidth = Bandwidths[number];
            CheckEnvelope(Admitted(new TokenBucket(bandwidth.Capacity, bandwidth.Refill), bandwidth, steps), bandwidth);
        });

    [Fact]
    public void MultiTokenBucket_AnySteps_KeepsThePromiseOfEachBandwidth() =>
        Step.Check(2_002, 2_000, Step.Sequences(Bandwidths.Length), (number, steps) =>
        {
            Bandwidth[] chosen = [Bandwidths[number], Bandwidths[(number + 1) % Bandwidths.Length], Bandwidths[(number + 4) % Bandwidths.Length]];
            var admitted = Admitted(new MultiTokenBucket(chosen), chosen[0], steps);
            foreach (var bandwidth in chosen)
            {
                CheckEnvelope(admitted, bandwidth);
            }
        });

    [Theory]
    [InlineData(10, 3, 10_000_019)]
    [InlineData(2, 7, 10)]
    [InlineData(2, 3, 10_000_000)]
    public void TokenBucket_ThreeMillionSteps_DoesNotDrift(long capacity, long permits, long periodTicks)
    {
        var limiter = new TokenBucket(capacity, new Rate(permits, periodTicks));
        var state = limiter.Create(Start);
        var random = new Random(3_000_000);
        Int128 admitted = 0;
        var now = Start;
        for (var step = 0; step < 3_000_000; step++)
        {
            var decision = limiter.Acquire(ref state, 1, now);
            admitted += decision.IsAllowed ? 1 : 0;

            // The bucket is never left to overflow, so all that came in is admitted or still there, to the last permit.
            var cameIn = capacity + ((Int128)(now - Start) * permits / periodTicks);
            Assert.True(decision.IsAllowed ? admitted + decision.Remaining == cameIn : admitted == cameIn, $"step {step}");
            now += decision.IsAllowed ? 0 : decision.RetryAfterTicks - (random.Next(2) * Math.Min(1, decision.RetryAfterTicks - 1));
        }
    }

    [Fact]
    public void TokenBucket_AMillionReservations_DoesNotDrift()
    {
        var limiter = new TokenBucket(4, new Rate(3, 10_000_019));
        var state = limiter.Create(Start);
        for (var i = 1; i <= 1_000_000; i++)
        {
            var granted = limiter.Acquire(ref state, 1, Start, Ticks.Never);

            // The i-th permit is due when capacity + rate × time first reaches i.
            var due = i <= 4 ? 0 : (((Int128)(i - 4) * 10_000_019) + 2) / 3;
            Assert.Equal(Start + due, granted.Grant.ValidAt);
        }
    }

    [Fact]
    public void Gcra_AnySteps_AnswersAsTheEquivalentTokenBucket() =>
        Step.Check(2_003, 2_000, Step.Sequences(Bandwidths.Length), (number, steps) =>
        {
            var bandwidth = Bandwidths[number];
            var gcra = new Gcra(bandwidth.Refill, bandwidth.Capacity);
            var bucket = new TokenBucket(bandwidth.Capacity, bandwidth.Refill);
            var leaky = new LeakyBucket(bandwidth.Capacity, bandwidth.Refill);
            Assert.Equal(Admitted(bucket, bandwidth, steps), Admitted(gcra, bandwidth, steps));
            Assert.Equal(Admitted(bucket, bandwidth, steps), Admitted(leaky, bandwidth, steps));
        });

    /// <remarks>The virtual scheduling form of I.371: tat ← max(tat, t) + cost × T; conforming when that is at most t + burst × T.</remarks>
    [Fact]
    public void Gcra_AnySteps_AnswersAsVirtualScheduling() =>
        Step.Check(2_004, 3_000, Step.Sequences(Bandwidths.Length), (number, steps) =>
        {
            var (burst, rate) = Bandwidths[number];
            var limiter = new Gcra(rate, burst);
            var state = limiter.Create(Start);
            var now = Start;

            // In units of 1/permits ticks, so that T is the period and nothing is rounded.
            var arrival = (BigInteger)Start * rate.Permits;
            foreach (var step in steps)
            {
                now += step.Pace < 50 ? step.Time % 15 : (long)((Int128)Scale(Bandwidths[number]) * step.Time / 2_000);
                var cost = 1 + (long)((Int128)(burst - 1) * step.Cost / 110);
                var wait = step.Wait < 500 ? 0 : (long)((Int128)Scale(Bandwidths[number]) * step.Wait / 400);
                var decision = limiter.Acquire(ref state, cost, now, wait);

                var earliest = BigInteger.Max(
                    now, CeilingDivide(arrival + ((BigInteger)(cost - burst) * rate.PeriodTicks), rate.Permits));
                var isAllowed = earliest - now <= wait;
                Assert.Equal(isAllowed, decision.IsAllowed);
                Assert.Equal(BigInteger.Min(Ticks.Never, earliest - now), isAllowed ? decision.DelayTicks : decision.RetryAfterTicks);
                if (isAllowed)
                {
                    arrival = BigInteger.Max(arrival, earliest * rate.Permits) + ((BigInteger)cost * rate.PeriodTicks);
                }

                var expected = BigInteger.Max(now, CeilingDivide(arrival, rate.Permits));
                Assert.Equal(BigInteger.Min(Ticks.Never, expected), limiter.TheoreticalArrivalTime(state));
            }
        });

    [Fact]
    public void SlidingLog_AnySteps_NeverAdmitsMoreThanTheLimitInAnyWindow() =>
        Step.Check(2_005, 1_500, Step.Sequences(4), (number, steps) =>
        {
            var (limit, window) = new[] { (5L, Ticks.PerSecond), (3L, 11L), (1_000L, 10_000_019L), (Limits.MaxPermits, 10L) }[number];
            var run = new ModelRun<SlidingLogState>(new SlidingLog(limit, window), new SlidingLogModel(limit, window), window);
            run.Do(steps);
            foreach (var last in run.Grants)
            {
                Assert.True(Sum(run.Grants, last.ValidAt - window, last.ValidAt) <= limit);
            }
        });

    [Fact]
    public void FixedWindow_AnySteps_NeverAdmitsMoreThanTheLimitInAWindow() =>
        Step.Check(2_006, 1_500, Step.Sequences(3), (number, steps) =>
        {
            var (limit, window) = new[] { (5L, Ticks.PerSecond), (3L, 11L), (1_000L, 10_000_019L) }[number];
            var run = new ModelRun<FixedWindowState>(new FixedWindow(limit, window), new WindowModel(limit, window, false), window);
            run.Do(steps);
            foreach (var last in run.Grants)
            {
                var start = last.ValidAt - ((last.ValidAt - Ticks.UnixEpoch) % window);
                Assert.True(Sum(run.Grants, start - 1, start + window - 1) <= limit);
                Assert.True(Sum(run.Grants, last.ValidAt - window, last.ValidAt) <= 2 * (BigInteger)limit);
            }
        });

    [Fact]
    public void FixedWindow_FromFirstUse_AnySteps_NeverAdmitsMoreThanTheLimitFromAFirstUseOn() =>
        Step.Check(2_016, 1_500, Step.Sequences(3), (number, steps) =>
        {
            var (limit, window) = new[] { (5L, Ticks.PerSecond), (3L, 11L), (1_000L, 10_000_019L) }[number];
            var run = new ModelRun<FixedWindowState>(
                new FixedWindow(limit, window, WindowAnchor.FirstUse), new FirstUseModel(limit, window), window)
            {
                GivesBack = false,
            };
            run.Do(steps);
            var start = long.MinValue;
            foreach (var grant in run.Grants.OrderBy(g => g.ValidAt))
            {
                start = grant.ValidAt >= start + window ? grant.ValidAt : start;
                Assert.True(Sum(run.Grants, start - 1, start + window - 1) <= limit);
                Assert.True(Sum(run.Grants, grant.ValidAt - window, grant.ValidAt) <= 2 * (BigInteger)limit);
            }
        });

    /// <remarks>The stated error: e into a window of length w, the last w hold at most limit × (1 + e/w).</remarks>
    [Fact]
    public void SlidingWindow_AnySteps_ErrsByNoMoreThanStated() =>
        Step.Check(2_007, 3_000, Step.Sequences(4), (number, steps) =>
        {
            var (limit, window) = new[] { (5L, Ticks.PerSecond), (3L, 11L), (1_000L, 10_000_019L), (Limits.MaxPermits, 13L) }[number];
            var run = new ModelRun<SlidingWindowState>(new SlidingWindow(limit, window), new WindowModel(limit, window, true), window)
            {
                GivesBack = false,
            };
            run.Do(steps);
            foreach (var last in run.Grants)
            {
                var into = (last.ValidAt - Ticks.UnixEpoch) % window;
                Assert.True(Sum(run.Grants, last.ValidAt - window, last.ValidAt) * window <= (BigInteger)limit * (window + into));
                Assert.True(Sum(run.Grants, last.ValidAt - into - 1, last.ValidAt - into + window - 1) <= limit);
            }
        });

    [Fact]
    public void SlidingWindow_BurstAtTheEndOfAWindow_ReachesTheStatedErrorButNotTwiceTheLimit()
    {
        var limiter = new SlidingWindow(100, 1_000);
        var edge = Ticks.UnixEpoch + 1_000_000;
        var state = limiter.Create(edge - 1);
        Assert.True(limiter.Acquire(ref state, 100, edge - 1).IsAllowed);

        // 990 into the next window, a hundredth of the burst still counts, although the last 1,000 ticks hold all of it.
        Assert.False(limiter.Acquire(ref state, 100, edge + 990).IsAllowed);
        Assert.True(limiter.Acquire(ref state, 99, edge + 990).IsAllowed);
    }

    [Fact]
    public void Spacing_AnySteps_KeepsItsDistance() =>
        Step.Check(2_008, 1_500, Step.Sequences(3), (number, steps) =>
        {
            var interval = new[] { Ticks.PerSecond, 11L, 10_000_019L }[number];
            var run = new ModelRun<SpacingState>(new Spacing(interval, 4), new SpacingModel(interval, 4, interval / 10), interval);
            run.Do(steps);
            var slots = run.Grants.Select(g => g.ValidAt).Order().ToArray();
            for (var i = 1; i < slots.Length; i++)
            {
                Assert.True(slots[i] - slots[i - 1] >= interval, $"{slots[i - 1]} and {slots[i]}");
            }
        });

    private static BigInteger Sum(IEnumerable<Grant> grants, long after, long last) =>
        grants.Where(g => g.ValidAt > after && g.ValidAt <= last).Aggregate(BigInteger.Zero, (sum, g) => sum + g.Permits);

    private static BigInteger CeilingDivide(BigInteger dividend, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(dividend, divisor, out var rest);
        return rest.Sign > 0 ? quotient + 1 : quotient;
    }

    private static long Scale(Bandwidth bandwidth) =>
        (long)Int128.Clamp((Int128)bandwidth.Capacity * bandwidth.Refill.PeriodTicks / bandwidth.Refill.Permits, 20, 365 * Ticks.PerDay);

    /// <summary>What was admitted, at the granted instants; what was given back later is admitted negatively, then.</summary>
    private static List<(long At, long Permits)> Admitted<TState>(ILimiter<TState> limiter, Bandwidth bandwidth, Step[] steps)
        where TState : struct
    {
        var state = limiter.Create(Start);
        var admitted = new List<(long At, long Permits)>();
        var held = new List<Grant>();
        var now = Start;
        foreach (var step in steps)
        {
            now += step.Pace < 60 ? step.Time % 15 : (long)((Int128)Scale(bandwidth) * step.Time / 2_000);
            if (step.Kind < 75)
            {
                var wait = step.Wait < 400 ? 0 : (long)((Int128)Scale(bandwidth) * step.Wait / 300);
                var decision = limiter.Acquire(ref state, 1 + (long)((Int128)(limiter.Limit - 1) * step.Cost / 110), now, wait);
                if (decision.IsAllowed)
                {
                    held.Add(decision.Grant);
                    admitted.Add((decision.Grant.ValidAt, decision.Grant.Permits));
                }
            }
            else if (held.Count > 0)
            {
                var grant = held[step.Time % held.Count];
                held.Remove(grant);
                if (limiter.Return(ref state, grant, now))
                {
                    admitted.Add((Math.Max(now, grant.ValidAt), -grant.Permits));
                }
            }
        }

        return admitted;
    }

    /// <summary>For all pairs of instants: what lies between them is at most burst + rate × their distance, exactly.</summary>
    private static void CheckEnvelope(List<(long At, long Permits)> admitted, Bandwidth bandwidth)
    {
        // What is given back at the end of an interval does not make room at its start, so instants are summed as a whole.
        var instants = admitted.GroupBy(a => a.At).OrderBy(g => g.Key)
            .Select(g => (At: g.Key, Permits: g.Aggregate(BigInteger.Zero, (sum, a) => sum + a.Permits))).ToArray();
        for (var from = 0; from < instants.Length; from++)
        {
            BigInteger sum = 0;
            for (var to = from; to < instants.Length; to++)
            {
                sum += instants[to].Permits;
                var most = ((BigInteger)bandwidth.Capacity * bandwidth.Refill.PeriodTicks)
                    + ((BigInteger)(instants[to].At - instants[from].At) * bandwidth.Refill.Permits);
                Assert.True(
                    sum * bandwidth.Refill.PeriodTicks <= most,
                    $"{sum} admitted from {instants[from].At} to {instants[to].At}, {instants[to].At - instants[from].At} ticks, under {bandwidth}");
            }
        }
    }
}
