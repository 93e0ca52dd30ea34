using Throttle.Core.Limiters;
using Throttle.Core.Time;
using Throttle.Tests.Core.Limiters.Models;

namespace Throttle.Tests.Core.Limiters;

/// <summary>Each limiter against a naive model of it, over random costs, waits, times and number changes.</summary>
public sealed class ModelTests
{
    private const long Start = ModelRun<TokenBucketState>.Start;

    private static readonly Bandwidth[] Bandwidths =
    [
        new(10, new Rate(10, Ticks.PerSecond)),
        new(5, new Rate(1, Ticks.PerSecond)),
        new(1, new Rate(3, Ticks.PerSecond)),
        new(20, new Rate(300, 10 * Ticks.PerSecond)),
        new(7, new Rate(3, 10_000_019)),
        new(3, new Rate(7, 10)),
        new(100, new Rate(1_000, 13)),
        new(1_000_000, new Rate(1, Limits.MaxPeriodTicks)),
        new(Limits.MaxPermits, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks)),
        new(Limits.MaxPermits, new Rate(1, Limits.MaxPeriodTicks)),
        new(Limits.MaxPermits, new Rate(Limits.MaxPermits - 1, Limits.MaxPeriodTicks - 1)),
        new(1, new Rate(Limits.MaxPermits, Limits.MinPeriodTicks)),
    ];

    private static readonly (long Limit, long WindowTicks)[] Windows =
    [
        (5, Ticks.PerSecond),
        (10, 3_600 * Ticks.PerSecond),
        (1, Limits.MinPeriodTicks),
        (3, 11),
        (1_000, 10_000_019),
        (Limits.MaxPermits, Limits.MinPeriodTicks),
        (Limits.MaxPermits - 1, Limits.MaxPeriodTicks - 1),
    ];

    [Fact]
    public void TokenBucket_AnySteps_AnswersAsItsModel() =>
        CheckFluid(1_001, b => new TokenBucket(b.Capacity, b.Refill), keepsUse: false);

    [Fact]
    public void Gcra_AnySteps_AnswersAsItsModel() =>
        CheckFluid(1_002, b => new Gcra(b.Refill, b.Capacity), keepsUse: false);

    [Fact]
    public void LeakyBucket_AnySteps_AnswersAsItsModel() =>
        CheckFluid(1_003, b => new LeakyBucket(b.Capacity, b.Refill), keepsUse: true);

    [Fact]
    public void MultiTokenBucket_AnySteps_AnswersAsItsModel() =>
        Step.Check(1_004, 1_500, Step.Sequences(Bandwidths.Length * 5), (number, steps) =>
        {
            Bandwidth[] chosen = [.. Bandwidths.Skip(number % Bandwidths.Length).Take(1 + (number % 3)), Bandwidths[number * 7 % Bandwidths.Length]];
            var run = new ModelRun<MultiTokenBucketState>(
                new MultiTokenBucket(chosen), new FluidModel(Start, chosen), chosen.Max(FillTime));
            run.Do(steps);
        });

    [Fact]
    public void FixedWindow_AnySteps_AnswersAsItsModel() =>
        Step.Check(1_005, 1_500, Step.Sequences(Windows.Length), (number, steps) =>
        {
            var (limit, window) = Windows[number];
            new ModelRun<FixedWindowState>(new FixedWindow(limit, window), new WindowModel(limit, window, false), window).Do(steps);
        });

    [Fact]
    public void SlidingWindow_AnySteps_AnswersAsItsModel() =>
        Step.Check(1_006, 1_500, Step.Sequences(Windows.Length), (number, steps) =>
        {
            var (limit, window) = Windows[number];
            new ModelRun<SlidingWindowState>(new SlidingWindow(limit, window), new WindowModel(limit, window, true), window).Do(steps);
        });

    [Fact]
    public void SlidingLog_AnySteps_AnswersAsItsModel() =>
        Step.Check(1_007, 1_500, Step.Sequences(Windows.Length), (number, steps) =>
        {
            var (limit, window) = Windows[number];
            new ModelRun<SlidingLogState>(new SlidingLog(limit, window), new SlidingLogModel(limit, window), window).Do(steps);
        });

    [Fact]
    public void Spacing_AnySteps_AnswersAsItsModel() =>
        Step.Check(1_008, 1_500, Step.Sequences(Windows.Length * 4), (number, steps) =>
        {
            var interval = Windows[number / 4].WindowTicks;
            var reservations = new[] { 0, 1, 3, 10_000 }[number % 4];
            new ModelRun<SpacingState>(new Spacing(interval, reservations), new SpacingModel(interval, reservations), interval).Do(steps);
        });

    [Fact]
    public void Concurrency_AnySteps_AnswersAsItsModel() =>
        Step.Check(1_009, 1_500, Step.Sequences(Windows.Length), (number, steps) =>
        {
            var (limit, lease) = Windows[number];
            var limiter = new Concurrency(limit, lease);
            var model = new ConcurrencyModel(limit, lease);
            new ModelRun<ConcurrencyState>(limiter, model, lease)
            {
                Renew = (ref ConcurrencyState state, in Grant grant, long now, long seen) =>
                    model.Renew(grant.LeaseId, seen, limiter.Renew(ref state, grant.LeaseId, now)),
            }.Do(steps);
        });

    private static void CheckFluid(ulong seed, Func<Bandwidth, ILimiter<TokenBucketState>> create, bool keepsUse)
    {
        CheckFluid(seed, create, keepsUse, [.. Bandwidths.Where(b => b.Refill.Permits <= b.Refill.PeriodTicks)], givesBack: true);
        CheckFluid(seed, create, keepsUse, Bandwidths, givesBack: false);
    }

    /// <remarks>
    /// With more than one permit a tick, several reservations share an instant; which of them is the last is then a matter of
    /// taste, so what is given back is compared only below that. That no order of returns admits too much is tested elsewhere.
    /// </remarks>
    private static void CheckFluid(
        ulong seed, Func<Bandwidth, ILimiter<TokenBucketState>> create, bool keepsUse, Bandwidth[] bandwidths, bool givesBack) =>
        Step.Check(seed, 1_500, Step.Sequences(bandwidths.Length), (number, steps) =>
            new ModelRun<TokenBucketState>(create(bandwidths[number]), new FluidModel(Start, bandwidths[number]), FillTime(bandwidths[number]))
            {
                GivesBack = givesBack,
                Change = (step, run) =>
                {
                    var to = bandwidths[step.Time % bandwidths.Length];
                    var onChange = (OnChange)(step.Cost % 4);
                    return (create(to), ((FluidModel)run.Model).Changed(to, onChange, keepsUse, run.Seen), onChange);
                },
            }.Do(steps));

    /// <summary>Ticks in which a bucket fills, within a lifetime.</summary>
    private static long FillTime(Bandwidth bandwidth) =>
        (long)Int128.Clamp((Int128)bandwidth.Capacity * bandwidth.Refill.PeriodTicks / bandwidth.Refill.Permits, 20, 100 * 365 * Ticks.PerDay);
}
