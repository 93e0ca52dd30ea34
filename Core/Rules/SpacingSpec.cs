using Throttle.Core.Time;

namespace Throttle.Core.Rules;

/// <summary><c>spacing</c>: one call an interval, unused capacity is lost, a bounded number may reserve ahead.</summary>
/// <param name="IntervalTicks">Ticks between calls, 1 µs to 400 days.</param>
/// <param name="Reservations">The most reservations outstanding, 0 to <see cref="Limiters.Limits.MaxReservations"/>.</param>
/// <param name="GraceTicks">How late a reserved call may run, in ticks, 0 to the interval; null for a tenth of the interval.</param>
public sealed record SpacingSpec(long IntervalTicks, int Reservations, long? GraceTicks = null) : LimiterSpec
{
    /// <inheritdoc/>
    public override string Algorithm => "spacing";

    /// <inheritdoc/>
    public override long RefillTicks => Ticks.Saturate(
        ((Int128)Math.Max(0, IntervalTicks) * (Math.Max(0L, Reservations) + 1)) + Math.Max(0, GraceTicks ?? (IntervalTicks / 10)));
}
