namespace Throttle.Core.Limiters;

/// <summary>
/// One limiting algorithm with its numbers: immutable, and pure over a state that the caller keeps.
/// It knows no clock; every call is told the time.
/// </summary>
/// <remarks>
/// <para><c>now</c> is an instant in 100 ns ticks, 0 to <see cref="Time.Ticks.MaxInstant"/>. An instant earlier
/// than one the state has seen counts as that one: no time has passed, nothing is refilled, nothing is lost.</para>
/// <para><b>Reservations.</b> A call may be granted an instant in the future, which it pays for at once.
/// Reservations are first come, first served: nobody who comes later is granted an earlier instant, except where a
/// slot was given back or the numbers changed. Everything is accounted at the granted instants, so the limit holds there.</para>
/// <para>A limiter may be shared by threads. A state belongs to one caller at a time.</para>
/// </remarks>
/// <typeparam name="TState">What one bucket remembers.</typeparam>
public interface ILimiter<TState>
    where TState : struct
{
    /// <summary>The most permits that one call can take, and that a new bucket holds; 1 to <see cref="Limits.MaxPermits"/>.</summary>
    long Limit { get; }

    /// <summary>The state of a bucket nobody has used.</summary>
    TState Create(long now);

    /// <summary>
    /// Takes <paramref name="cost"/> permits, all or none. Cost 0 asks without taking and is always allowed.
    /// </summary>
    /// <param name="state">The bucket; changed only when permits are taken or time has passed.</param>
    /// <param name="cost">Permits, 0 or more. Above <see cref="Limit"/> never fits: refused, with no wait given.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <param name="maxWaitTicks">The longest acceptable wait in ticks, inclusive; 0 for now or never.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cost is negative.</exception>
    LimiterDecision Acquire(ref TState state, long cost, long now, long maxWaitTicks = 0);

    /// <summary>What <see cref="Acquire"/> would answer, changing nothing.</summary>
    LimiterDecision Peek(in TState state, long cost, long now, long maxWaitTicks = 0);

    /// <summary>
    /// Gives back what <see cref="Acquire"/> granted. The bucket never holds more than a new one, and a grant that
    /// time has made worthless (a closed window, an ended lease) gives nothing back. It is given back at its own number,
    /// whatever the numbers have become since.
    /// </summary>
    /// <remarks>
    /// Where later reservations were computed on top of this grant, the grant is only given back if it is the last:
    /// crediting it earlier would let two callers run in its place. The in-process engine moves its
    /// waiters up instead, so that nothing is lost there.
    /// </remarks>
    /// <returns>Whether anything was given back.</returns>
    bool Return(ref TState state, in Grant grant, long now);

    /// <summary>
    /// Takes the newest reservation back exactly, its rounding included, for a caller that keeps the reservations of a bucket
    /// and knows that this one is the newest.
    /// </summary>
    /// <param name="state">The bucket.</param>
    /// <param name="before">A <see cref="Copy"/> of the bucket before the reservation was made.</param>
    /// <param name="grant">The reservation.</param>
    /// <param name="now">The present instant in ticks, before the granted one.</param>
    /// <returns>Whether it was taken back.</returns>
    bool UndoNewest(ref TState state, in TState before, in Grant grant, long now) => Return(ref state, grant, now);

    /// <summary>A state that may be kept while the original changes; for <see cref="UndoNewest"/>.</summary>
    TState Copy(in TState state) => state;

    /// <summary>The state for these numbers, carried over from a bucket that lived under other numbers of the same algorithm.</summary>
    TState CarryOver(in TState state, ILimiter<TState> previous, OnChange onChange, long now);

    /// <summary>A bucket that holds <paramref name="remaining"/> permits now; how a bucket is carried to another algorithm.</summary>
    /// <param name="remaining">Permits, clamped to 0 to <see cref="Limit"/>.</param>
    /// <param name="now">The present instant in ticks.</param>
    TState CreateWith(long remaining, long now);

    /// <summary>Whether the bucket answers every question, now and later, as a new one would; then it may be forgotten.</summary>
    bool IsNew(in TState state, long now);

    /// <summary>The state as bytes, for <see cref="Restore"/>. The form is stable: it is what storage holds.</summary>
    byte[] Save(in TState state);

    /// <summary>The state that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are not such a state.</exception>
    TState Restore(ReadOnlySpan<byte> saved);
}
