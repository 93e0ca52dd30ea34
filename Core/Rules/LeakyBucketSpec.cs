using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Rules;

/// <summary><c>leaky-bucket</c>: a meter that starts empty, rises by each cost and leaks at a steady rate.</summary>
/// <param name="Capacity">The highest level, 1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="Leak">How fast it drains.</param>
/// <param name="Adaptive">How the leak follows the level; null for a steady one.</param>
public sealed record LeakyBucketSpec(long Capacity, Rate Leak, AdaptiveNumbers? Adaptive = null) : LimiterSpec
{
    /// <inheritdoc/>
    public override string Algorithm => "leaky-bucket";

    /// <inheritdoc/>
    public override long RefillTicks => Adaptive is { MinFactor.Billionths: > 0 and var floor }
        ? Ticks.Saturate((((Int128)Leak.TicksFor(Capacity) * Factor.Scale) + floor - 1) / floor)
        : Leak.TicksFor(Capacity);
}
