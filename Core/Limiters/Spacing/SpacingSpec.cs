using Throttle.Core.Fields;
using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary><c>spacing</c>: one call an interval, unused capacity is lost, a bounded number may reserve ahead.</summary>
/// <param name="IntervalTicks">Ticks between calls, 1 µs to 400 days.</param>
/// <param name="Reservations">The most reservations outstanding, 0 to <see cref="Limits.MaxReservations"/>.</param>
/// <param name="GraceTicks">How late a reserved call may run, in ticks, 0 to the interval; null for a tenth of the interval.</param>
public sealed record SpacingSpec(long IntervalTicks, int Reservations, long? GraceTicks = null) : LimiterSpec
{
    /// <summary>The algorithm.</summary>
    public static Algorithm<SpacingSpec> Definition { get; } = new(
        "spacing",
        "One call an interval; unused capacity is lost, and a bounded number of callers reserve ahead.",
        [Spacing.StateKind, Spacing.BegunKind],
        new(
            new(Limits.MaxPeriodTicks, 0),
            new Field<SpacingSpec, long>("interval", Kinds.Period, s => s.IntervalTicks, (s, v) => s with { IntervalTicks = v }, "The time between two calls.") { IsRequired = true },
            new Field<SpacingSpec, long>(
                "reservations",
                new NumberKind(0, Limits.MaxReservations),
                s => s.Reservations,
                (s, v) => s with { Reservations = (int)Math.Clamp(v, int.MinValue, int.MaxValue) },
                "The most reservations outstanding."),
            new Field<SpacingSpec, long?>(
                "grace",
                new OptionalKind<long>(new DurationKind(0, Limits.MaxPeriodTicks) { IsCheckedTogether = true, RangeText = "0s to the interval" }),
                s => s.GraceTicks,
                (s, v) => s with { GraceTicks = v },
                "How late a reserved call may run; without it, a tenth of the interval."))
        {
            ChecksTogether = CheckGrace,
        });

    /// <inheritdoc/>
    public override Algorithm Kind => Definition;

    /// <inheritdoc/>
    public override long RefillTicks => Ticks.Saturate(
        ((Int128)Math.Max(0, IntervalTicks) * (Math.Max(0L, Reservations) + 1)) + Math.Max(0, GraceTicks ?? (IntervalTicks / 10)));

    /// <inheritdoc/>
    public override Quota Quota => new(1, IntervalTicks);

    /// <inheritdoc/>
    public override TResult Accept<TResult>(ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null) =>
        visitor.Visit(new Spacing(IntervalTicks, Reservations, GraceTicks));

    private static void CheckGrace(SpacingSpec spec, Action<string, string> add)
    {
        if (spec.GraceTicks is { } grace && (grace < 0 || grace > spec.IntervalTicks))
        {
            var most = spec.IntervalTicks < 0 ? "the interval" : $"the interval, {Durations.Format(spec.IntervalTicks)}";
            add("grace", $"grace is {DurationKind.Text(grace)}; use 0s to {most}");
        }
    }
}
