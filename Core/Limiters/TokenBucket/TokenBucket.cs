namespace Throttle.Core.Limiters;

/// <summary>
/// A token bucket with one bandwidth: starts full, refills steadily (not in steps), and gives permits while it has them.
/// For several bandwidths see <see cref="MultiTokenBucket"/>.
/// </summary>
/// <remarks>
/// <para>Source: Jonathan Turner, "New directions in communications", IEEE Communications Magazine 24 (1986).</para>
/// <para><b>Debt.</b> One call may take up to so much more than the capacity, if it is ready to wait until all of it has
/// come: it pays before it goes, and nobody behind it is served meanwhile. To a call that does not wait that long it never fits.
/// Admitted at the granted instants, in any interval: at most capacity + debt + rate × interval.</para>
/// </remarks>
public sealed class TokenBucket : FluidLimiter
{
    /// <summary>A bucket of <paramref name="capacity"/> permits that fills at <paramref name="refill"/>.</summary>
    /// <param name="capacity">1 to <see cref="Limits.MaxPermits"/>.</param>
    /// <param name="refill">1 to <see cref="Limits.MaxPermits"/> permits in 1 µs to 400 days.</param>
    /// <param name="debt">Permits above the capacity that one call may wait for, 0 to <see cref="Limits.MaxPermits"/> less the capacity.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public TokenBucket(long capacity, Rate refill, long debt = 0)
        : base(capacity, refill, debt)
    {
    }
}
