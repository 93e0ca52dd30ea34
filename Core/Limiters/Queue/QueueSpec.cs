using Throttle.Core.Fields;

namespace Throttle.Core.Limiters;

/// <summary><c>queue</c>: callers and work wait in line, and one goes each interval of the drain.</summary>
/// <param name="Capacity">The most in line, the one whose interval runs included; 1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="Drain">How fast it drains.</param>
/// <param name="MaxAgeTicks">The longest that anything waits, in ticks, 1 µs to 400 days; null for as long as it takes.</param>
public sealed record QueueSpec(long Capacity, Rate Drain, long? MaxAgeTicks = null) : LimiterSpec
{
    /// <summary>The algorithm.</summary>
    public static Algorithm<QueueSpec> Definition { get; } = new(
        "queue",
        "Callers and work wait in line, and one goes each interval of the drain.",
        [FluidLimiter.StateKind],
        new(
            new(1, new(1, TimeSpan.TicksPerSecond)),
            new Field<QueueSpec, long>("capacity", Kinds.Permits, s => s.Capacity, (s, v) => s with { Capacity = v }, "The most in line.") { IsRequired = true },
            new Field<QueueSpec, Rate>("drain", Kinds.Rate, s => s.Drain, (s, v) => s with { Drain = v }, "How fast the line drains.") { IsRequired = true },
            new Field<QueueSpec, long?>("max-age", new OptionalKind<long>(Kinds.Period), s => s.MaxAgeTicks, (s, v) => s with { MaxAgeTicks = v }, "The longest that anything waits; without it, as long as it takes.")));

    /// <inheritdoc/>
    public override Algorithm Kind => Definition;

    /// <inheritdoc/>
    public override long RefillTicks => Drain.TicksFor(Capacity);

    /// <summary>The time between two turns, in ticks, rounded up.</summary>
    public long IntervalTicks => Drain.TicksFor(1);

    /// <inheritdoc/>
    public override Quota Quota => new(1, IntervalTicks);

    /// <inheritdoc/>
    public override TResult Accept<TResult>(ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null) =>
        visitor.Visit(new LeakyQueue(Capacity, Drain, MaxAgeTicks));
}
