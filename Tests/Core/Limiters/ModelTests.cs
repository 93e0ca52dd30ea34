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

    private static readonly (Bandwidth Bucket, AdaptiveNumbers Numbers)[] Adaptive =
    [
        (new(10, new Rate(1, Ticks.PerSecond)), new()),
        (new(128, new Rate(16, Ticks.PerSecond)), new()),
        (new(256, new Rate(32, Ticks.PerSecond)), new() { EveryTicks = Ticks.PerSecond / 10 }),
        (new(7, new Rate(3, 10_000_019)), new() { EveryTicks = 1_234_567, MinFactor = Factor.Parse("0.333333333"), MaxFactor = Factor.Parse("3.7") }),
        (new(50, new Rate(1_000, 130_000_003)), new() { EveryTicks = 10 * AdaptiveNumbers.MinEveryTicks, MinFactor = Factor.Parse("0.2") }),
        (new(100, new Rate(1, Ticks.PerSecond)), new()
        {
            Map =
            [
                new(50, Factor.Parse("0.2"), Factor.One, Factor.Parse("0.5"), Factor.Parse("0.91")),
                new(0, Factor.Parse("0"), Factor.Parse("1.01"), Factor.One, Factor.One),
            ],
        }),
        (new(3, new Rate(7, 60 * Ticks.PerSecond)), new() { MinFactor = Factor.One, MaxFactor = Factor.One }),
    ];

    private static readonly (long Limit, long WindowTicks)[] Windows =
    [
        (5, Ticks.PerSecond),
        (10, 3_600 * Ticks.PerSecond),
        (1, Limits.MinPeriodTicks),
        (3, 11),
        (1_000, 10_000_019),
        (20, 3 * Ticks.PerSecond),
        (7, Ticks.PerSecond / 3),
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
        Step.Check(1_004, 4_000, Step.Sequences(Bandwidths.Length * 5), (number, steps) =>
        {
            var chosen = SomeBandwidths(number % Bandwidths.Length, number % 3, number * 7);
            new ModelRun<MultiTokenBucketState>(new MultiTokenBucket(chosen), new FluidModel(Start, chosen), chosen.Max(FillTime))
            {
                Change = (step, run) =>
                {
                    var to = SomeBandwidths(step.Time % Bandwidths.Length, step.Wait % 3, step.Time + step.Wait);
                    var model = ((FluidModel)run.Model).Changed(to, Mode(step), keepsUse: false, run.Seen);
                    return new(new MultiTokenBucket(to), model, Mode(step), to.Max(FillTime));
                },
            }.Do(steps);
        });

    [Fact]
    public void FixedWindow_AnySteps_AnswersAsItsModel() => CheckWindows<FixedWindowState, WindowModel>(
        1_005,
        (limit, window) => new FixedWindow(limit, window),
        (limit, window) => new(limit, window, isSliding: false),
        (model, limit, window, onChange, seen) => model.Changed(limit, window, onChange, seen));

    [Fact]
    public void FixedWindow_FromFirstUse_AnySteps_AnswersAsItsModel() =>
        Step.Check(1_015, 4_000, Step.Sequences(Windows.Length), (number, steps) =>
        {
            var (limit, window) = Windows[number];
            new ModelRun<FixedWindowState>(
                new FixedWindow(limit, window, WindowAnchor.FirstUse), new FirstUseModel(limit, window), window).Do(steps);
        });

    [Fact]
    public void SlidingWindow_AnySteps_AnswersAsItsModel() => CheckWindows<SlidingWindowState, WindowModel>(
        1_006,
        (limit, window) => new SlidingWindow(limit, window),
        (limit, window) => new(limit, window, isSliding: true),
        (model, limit, window, onChange, seen) => model.Changed(limit, window, onChange, seen));

    [Fact]
    public void SlidingLog_AnySteps_AnswersAsItsModel() => CheckWindows<SlidingLogState, SlidingLogModel>(
        1_007,
        (limit, window) => new SlidingLog(limit, window),
        (limit, window) => new(limit, window),
        (model, limit, window, onChange, seen) => model.Changed(limit, window, onChange, seen));

    [Fact]
    public void Spacing_AnySteps_AnswersAsItsModel()
    {
        int[] most = [0, 1, 3, 10_000];
        Step.Check(1_008, 4_000, Step.Sequences(Windows.Length * 4), (number, steps) =>
        {
            var (numbers, reservations) = (Windows[number / 4], most[number % 4]);
            new ModelRun<SpacingState>(
                new Spacing(numbers.WindowTicks, reservations),
                new SpacingModel(numbers.WindowTicks, reservations, numbers.WindowTicks / 10),
                numbers.WindowTicks)
            {
                Change = (step, run) =>
                {
                    numbers = Other(step, numbers);
                    (reservations, var grace) = (most[step.Wait % 4], numbers.WindowTicks / (1 + (step.Time % 5)));
                    var model = ((SpacingModel)run.Model).Changed(numbers.WindowTicks, reservations, grace, Mode(step));
                    return new(new Spacing(numbers.WindowTicks, reservations, grace), model, Mode(step), numbers.WindowTicks);
                },
            }.Do(steps);
        });
    }

    [Fact]
    public void LeakyQueue_AnySteps_AnswersAsItsModel()
    {
        CheckQueue(1_010, [.. Bandwidths.Where(b => b.Refill.Permits <= b.Refill.PeriodTicks)], givesBack: true);
        CheckQueue(1_011, Bandwidths, givesBack: false);
    }

    [Fact]
    public void Concurrency_AnySteps_AnswersAsItsModel() => CheckWindows<ConcurrencyState, ConcurrencyModel>(
        1_009,
        (limit, lease) => new Concurrency(limit, lease),
        (limit, lease) => new(limit, lease),
        (model, limit, lease, onChange, _) => model.Changed(limit, lease, onChange));

    [Fact]
    public void AdaptiveLeakyBucket_AnySteps_AnswersAsItsModel() =>
        Step.Check(1_010, 500, Step.Sequences(Adaptive.Length, longest: 40), (number, steps) =>
        {
            var (bucket, numbers) = Adaptive[number];
            new ModelRun<AdaptiveState>(
                new AdaptiveLeakyBucket(bucket.Capacity, bucket.Refill, numbers),
                new AdaptiveModel(bucket.Capacity, bucket.Refill, numbers, Start),
                FillTime(bucket))
            {
                Change = (step, run) =>
                {
                    var (to, others) = Adaptive[step.Time % Adaptive.Length];
                    var model = ((AdaptiveModel)run.Model).Changed(to.Capacity, to.Refill, others, Mode(step), run.Seen);
                    return new(new AdaptiveLeakyBucket(to.Capacity, to.Refill, others), model, Mode(step), FillTime(to));
                },
            }.Do(steps);
        });

    /// <summary>For the limiters whose numbers are a limit and a length of time.</summary>
    private static void CheckWindows<TState, TModel>(
        ulong seed,
        Func<long, long, ILimiter<TState>> create,
        Func<long, long, TModel> createModel,
        Func<TModel, long, long, OnChange, long, TModel> changed)
        where TState : struct
        where TModel : ILimiterModel =>
        Step.Check(seed, 4_000, Step.Sequences(Windows.Length), (number, steps) =>
        {
            var (limit, window) = Windows[number];
            new ModelRun<TState>(create(limit, window), createModel(limit, window), window)
            {
                Change = (step, run) =>
                {
                    (limit, window) = Other(step, (limit, window));
                    var model = changed((TModel)run.Model, limit, window, Mode(step), run.Seen);
                    return new(create(limit, window), model, Mode(step), window);
                },
            }.Do(steps);
        });

    private static OnChange Mode(Step step) => (OnChange)(step.Cost % 4);

    /// <summary>Another limit, another length of time, both, or both near the numbers so far.</summary>
    private static (long Limit, long WindowTicks) Other(Step step, (long Limit, long WindowTicks) numbers)
    {
        var other = Windows[step.Time % Windows.Length];
        return step.Kind switch
        {
            90 => (other.Limit, numbers.WindowTicks),
            91 => (numbers.Limit, other.WindowTicks),
            92 => other,
            _ => (Near(numbers.Limit, step.Time, 1, Limits.MaxPermits),
                Near(numbers.WindowTicks, step.Wait, Limits.MinPeriodTicks, Limits.MaxPeriodTicks)),
        };
    }

    /// <summary>A number times 1 to 5 through 1 to 3.</summary>
    private static long Near(long number, int draw, long least, long most) =>
        (long)Int128.Clamp((Int128)number * (1 + (draw % 5)) / (1 + (draw / 5 % 3)), least, most);

    private static Bandwidth[] SomeBandwidths(int first, int more, int last) =>
        [.. Bandwidths.Skip(first).Take(1 + more), Bandwidths[last % Bandwidths.Length]];

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
                    return new(create(to), ((FluidModel)run.Model).Changed([to], Mode(step), keepsUse, run.Seen), Mode(step), FillTime(to));
                },
            }.Do(steps));

    private static void CheckQueue(ulong seed, Bandwidth[] numbers, bool givesBack) =>
        Step.Check(seed, 1_500, Step.Sequences(numbers.Length * 3), (number, steps) =>
        {
            var (bandwidth, maxAge) = (numbers[number / 3], MaxAge(numbers[number / 3], number));
            new ModelRun<TokenBucketState>(
                new LeakyQueue(bandwidth.Capacity, bandwidth.Refill, maxAge),
                new QueueModel(Start, bandwidth.Capacity, bandwidth.Refill, maxAge ?? Ticks.Never),
                FillTime(bandwidth with { Capacity = 1 }))
            {
                GivesBack = givesBack,
                Change = (step, run) =>
                {
                    var to = numbers[step.Time % numbers.Length];
                    var age = MaxAge(to, step.Wait);
                    var model = ((QueueModel)run.Model).Changed(to.Capacity, to.Refill, age ?? Ticks.Never, Mode(step), run.Seen);
                    return new(new LeakyQueue(to.Capacity, to.Refill, age), model, Mode(step), FillTime(to with { Capacity = 1 }));
                },
            }.Do(steps);
        });

    private static long? MaxAge(Bandwidth bandwidth, int draw) => (draw % 3) switch
    {
        0 => null,
        1 => Math.Clamp(FillTime(bandwidth) / 2, Limits.MinPeriodTicks, Limits.MaxPeriodTicks),
        _ => Limits.MinPeriodTicks,
    };

    /// <summary>Ticks in which a bucket fills, within a lifetime.</summary>
    private static long FillTime(Bandwidth bandwidth) =>
        (long)Int128.Clamp((Int128)bandwidth.Capacity * bandwidth.Refill.PeriodTicks / bandwidth.Refill.Permits, 20, 100 * 365 * Ticks.PerDay);
}
