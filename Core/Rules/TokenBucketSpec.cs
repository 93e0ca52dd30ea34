using Throttle.Core.Limiters;

namespace Throttle.Core.Rules;

/// <summary><c>token-bucket</c>: one bandwidth, or several that must all have the permits.</summary>
/// <param name="Bandwidths">1 to <see cref="Limits.MaxBandwidths"/> of them.</param>
public sealed record TokenBucketSpec(ValueList<Bandwidth> Bandwidths) : LimiterSpec
{
    /// <summary>One bandwidth.</summary>
    public TokenBucketSpec(long capacity, Rate refill)
        : this([new Bandwidth(capacity, refill)])
    {
    }

    /// <summary>
    /// Permits above the capacity that one call may take if it waits until they have come, 0 or more; goes with one bandwidth.
    /// </summary>
    public long Debt { get; init; }

    /// <inheritdoc/>
    public override string Algorithm => "token-bucket";

    /// <inheritdoc/>
    public override long RefillTicks =>
        Bandwidths is null ? 0 : Bandwidths.Select(bandwidth => bandwidth.Refill.TicksFor(bandwidth.Capacity)).DefaultIfEmpty().Max();
}
