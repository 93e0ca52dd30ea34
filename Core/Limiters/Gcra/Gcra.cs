using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// The generic cell rate algorithm: a rate with a burst. It answers as the token bucket of capacity burst and refill rate
/// does; the two are one algorithm seen from two sides, and here one implementation.
/// </summary>
/// <remarks>Source: ITU-T Recommendation I.371, annex A: the theoretical arrival time is when the bucket will be full again.</remarks>
public sealed class Gcra : FluidLimiter
{
    /// <summary>A limiter of <paramref name="rate"/> with up to <paramref name="burst"/> permits at one instant.</summary>
    /// <param name="rate">1 to <see cref="Limits.MaxPermits"/> permits in 1 µs to 400 days.</param>
    /// <param name="burst">1 to <see cref="Limits.MaxPermits"/>; redis-cell's <c>max_burst</c> plus one.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Gcra(Rate rate, long burst)
        : base(Limits.CheckPermits(burst, nameof(burst)), rate)
    {
    }

    /// <summary>The theoretical arrival time, in ticks, rounded up: the instant at which the whole burst is there again.</summary>
    public long TheoreticalArrivalTime(in TokenBucketState state) => Ticks.Add(state.Last, TicksUntilFull(state));
}
