using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>
/// A leaky bucket as a queue: one call goes each interval, first come, first served, and a bounded number wait for their
/// turns. An empty queue lets the first one go at once.
/// </summary>
/// <remarks>
/// <para>It holds whoever waits, and the one whose interval runs: of five calls at once, at a capacity of 3, three are granted
/// turns, now and one and two intervals from now, and two are refused. <see cref="FluidLimiter.Limit"/> is 1.</para>
/// <para>Turns follow from elapsed time alone, and are exact: in any interval at most 1 + drain × interval of them lie. The
/// arithmetic is that of a bucket of one permit, whose debt is bounded. Turns lie a whole number of ticks apart, rounded up: at 3 a
/// second 0.3333334 s.</para>
/// <para>A refusal's wait is the caller's own: where it would wait, until it could join; where not, until nobody is before it.</para>
/// </remarks>
public sealed class LeakyQueue : FluidLimiter
{
    private readonly long _longestTicks;

    /// <summary>A queue of <paramref name="capacity"/> that drains at <paramref name="drain"/>.</summary>
    /// <param name="capacity">The most in the queue, the one whose interval runs included; 1 to <see cref="Limits.MaxPermits"/>.</param>
    /// <param name="drain">1 to <see cref="Limits.MaxPermits"/> in 1 µs to 400 days.</param>
    /// <param name="maxAgeTicks">The longest wait that is granted, in ticks, 1 µs to 400 days; null for as long as it takes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public LeakyQueue(long capacity, Rate drain, long? maxAgeTicks = null)
        : base(1, drain)
    {
        Limits.CheckPermits(capacity, nameof(capacity));
        var maxAge = maxAgeTicks is { } ticks ? Limits.CheckPeriod(ticks, nameof(maxAgeTicks)) : Ticks.Never;

        // So many intervals, each rounded up as a turn is, lie before the last one of a full queue.
        _longestTicks = Math.Min(maxAge, Ticks.Saturate((capacity - 1) * (Int128)drain.TicksFor(1)));
    }

    private protected override long RetryIn(in TokenBucketState state, long wait, long maxWaitTicks) =>
        wait > Ticks.MaxInstant - state.Last ? wait : Math.Max(0, wait - Math.Min(maxWaitTicks, _longestTicks));
}
