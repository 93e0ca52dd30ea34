using Throttle.Core.Fields;

namespace Throttle.Core.Limiters;

/// <summary><c>gcra</c>: a rate with a burst.</summary>
/// <param name="Rate">Permits per period, sustained.</param>
/// <param name="Burst">The most permits at one instant, 1 to <see cref="Limits.MaxPermits"/> (redis-cell's <c>max_burst</c> plus one).</param>
public sealed record GcraSpec(Rate Rate, long Burst) : LimiterSpec
{
    /// <summary>The algorithm.</summary>
    public static Algorithm<GcraSpec> Definition { get; } = new(
        "gcra",
        "The generic cell rate algorithm: a sustained rate, with a burst.",
        [FluidLimiter.StateKind],
        new(
            new(new(1, TimeSpan.TicksPerSecond), 1),
            new Field<GcraSpec, Rate>("rate", Kinds.Rate, s => s.Rate, (s, v) => s with { Rate = v }, "Permits per period, sustained.") { IsRequired = true },
            new Field<GcraSpec, long>("burst", Kinds.Permits, s => s.Burst, (s, v) => s with { Burst = v }, "The most permits at one instant.") { IsRequired = true }));

    /// <inheritdoc/>
    public override Algorithm Kind => Definition;

    /// <inheritdoc/>
    public override long RefillTicks => Rate.TicksFor(Burst);

    /// <inheritdoc/>
    public override Quota Quota => Quota.OfFill(Burst, Rate);

    internal override IReadOnlyList<Rate> SteadyRates => [Rate];

    /// <inheritdoc/>
    public override TResult Accept<TResult>(ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null) => visitor.Visit(new Gcra(Rate, Burst));
}
