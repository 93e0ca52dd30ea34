using Throttle.Core.Limiters;

namespace Throttle.Core.Rules;

/// <summary><c>leaky-bucket</c>: a meter that starts empty, rises by each cost and leaks at a steady rate.</summary>
/// <param name="Capacity">The highest level, 1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="Leak">How fast it drains.</param>
public sealed record LeakyBucketSpec(long Capacity, Rate Leak) : LimiterSpec
{
    /// <inheritdoc/>
    public override string Algorithm => "leaky-bucket";

    /// <inheritdoc/>
    public override long RefillTicks => Leak.TicksFor(Capacity);
}
