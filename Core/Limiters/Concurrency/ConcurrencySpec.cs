using Throttle.Core.Fields;

namespace Throttle.Core.Limiters;

/// <summary><c>concurrency</c>: so many permits held at once, each under a lease that its holder renews.</summary>
/// <param name="Limit">Permits held at once, 1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="LeaseTicks">Ticks until an unrenewed lease ends, 1 µs to 400 days.</param>
public sealed record ConcurrencySpec(long Limit, long LeaseTicks) : LimiterSpec
{
    /// <summary>The algorithm.</summary>
    public static Algorithm<ConcurrencySpec> Definition { get; } = new(
        "concurrency",
        "So many permits are held at once, each under a lease that its holder renews or gives back.",
        [Concurrency.StateKind],
        new(
            new(1, TimeSpan.TicksPerSecond),
            new Field<ConcurrencySpec, long>("limit", Kinds.Permits, s => s.Limit, (s, v) => s with { Limit = v }, "Permits held at once.") { IsRequired = true },
            new Field<ConcurrencySpec, long>("lease", Kinds.Period, s => s.LeaseTicks, (s, v) => s with { LeaseTicks = v }, "How long a lease lives without being renewed.") { IsRequired = true }));

    /// <inheritdoc/>
    public override Algorithm Kind => Definition;

    /// <inheritdoc/>
    public override long RefillTicks => Math.Max(0, LeaseTicks);

    /// <inheritdoc/>
    public override Quota Quota => new(Limit, 0, IsConcurrent: true);

    /// <inheritdoc/>
    public override TResult Accept<TResult>(ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null) =>
        visitor.Visit(new Concurrency(Limit, LeaseTicks, newLeaseId));
}
