using Throttle.Core.Fields;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary><c>leaky-bucket</c>: a meter that starts empty, rises by each cost and leaks at a steady rate.</summary>
/// <param name="Capacity">The highest level, 1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="Leak">How fast it drains.</param>
/// <param name="Adaptive">How the leak follows the level; null for a steady one.</param>
public sealed record LeakyBucketSpec(long Capacity, Rate Leak, AdaptiveNumbers? Adaptive = null) : LimiterSpec
{
    /// <summary>The algorithm.</summary>
    public static Algorithm<LeakyBucketSpec> Definition { get; } = new(
        "leaky-bucket",
        "A meter that starts empty, rises by each cost and leaks at a rate, which may follow the level.",
        [FluidLimiter.StateKind, AdaptiveLeakyBucket.StateKind],
        new(
            new(1, new(1, TimeSpan.TicksPerSecond)),
            new Field<LeakyBucketSpec, long>("capacity", Kinds.Permits, s => s.Capacity, (s, v) => s with { Capacity = v }, "The highest level.") { IsRequired = true },
            new Field<LeakyBucketSpec, Rate>("leak", Kinds.Rate, s => s.Leak, (s, v) => s with { Leak = v }, "How fast it drains.") { IsRequired = true },
            new Field<LeakyBucketSpec, AdaptiveNumbers?>("adaptive", AdaptiveNumbers.Kind, s => s.Adaptive, (s, v) => s with { Adaptive = v }, "How the leak follows the level; without it, the leak is steady."))
        {
            ChecksTogether = (spec, add) => spec.Adaptive?.CheckFor(spec.Capacity, add),
        });

    /// <inheritdoc/>
    public override Algorithm Kind => Definition;

    /// <inheritdoc/>
    public override long RefillTicks => Adaptive is { MinFactor.Billionths: > 0 and var floor }
        ? Ticks.Saturate((((Int128)Leak.TicksFor(Capacity) * Factor.Scale) + floor - 1) / floor)
        : Leak.TicksFor(Capacity);

    /// <inheritdoc/>
    public override Quota Quota => Quota.OfFill(Capacity, Leak);

    internal override IReadOnlyList<Rate> SteadyRates => [Leak];

    /// <inheritdoc/>
    public override TResult Accept<TResult>(ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null) =>
        Adaptive is { } adaptive ? visitor.Visit(new AdaptiveLeakyBucket(Capacity, Leak, adaptive)) : visitor.Visit(new LeakyBucket(Capacity, Leak));
}
