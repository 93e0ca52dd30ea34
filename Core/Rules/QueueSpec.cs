using Throttle.Core.Limiters;

namespace Throttle.Core.Rules;

/// <summary><c>queue</c>: callers and work wait in line, and one goes each interval of the drain.</summary>
/// <param name="Capacity">The most in line, the one whose interval runs included; 1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="Drain">How fast it drains.</param>
/// <param name="MaxAgeTicks">The longest that anything waits, in ticks, 1 µs to 400 days; null for as long as it takes.</param>
public sealed record QueueSpec(long Capacity, Rate Drain, long? MaxAgeTicks = null) : LimiterSpec
{
    /// <inheritdoc/>
    public override string Algorithm => "queue";

    /// <inheritdoc/>
    public override long RefillTicks => Drain.TicksFor(Capacity);

    /// <summary>The time between two turns, in ticks, rounded up.</summary>
    public long IntervalTicks => Drain.TicksFor(1);
}
