namespace Throttle.Core.Limiters;

/// <summary>
/// A token bucket with one bandwidth: starts full, refills steadily (not in steps), and gives permits while it has them.
/// For several bandwidths see <see cref="MultiTokenBucket"/>.
/// </summary>
/// <remarks>Source: Jonathan Turner, "New directions in communications", IEEE Communications Magazine 24 (1986).</remarks>
public sealed class TokenBucket : FluidLimiter
{
    /// <summary>A bucket of <paramref name="capacity"/> permits that fills at <paramref name="refill"/>.</summary>
    /// <param name="capacity">1 to <see cref="Limits.MaxPermits"/>.</param>
    /// <param name="refill">1 to <see cref="Limits.MaxPermits"/> permits in 1 µs to 400 days.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public TokenBucket(long capacity, Rate refill)
        : base(capacity, refill)
    {
    }
}
