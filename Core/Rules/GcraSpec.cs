using Throttle.Core.Limiters;

namespace Throttle.Core.Rules;

/// <summary><c>gcra</c>: a rate with a burst.</summary>
/// <param name="Rate">Permits per period, sustained.</param>
/// <param name="Burst">The most permits at one instant, 1 to <see cref="Limits.MaxPermits"/> (redis-cell's <c>max_burst</c> plus one).</param>
public sealed record GcraSpec(Rate Rate, long Burst) : LimiterSpec
{
    /// <inheritdoc/>
    public override string Algorithm => "gcra";

    /// <inheritdoc/>
    public override long RefillTicks => Rate.TicksFor(Burst);
}
