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
    /// Gives back permits of which nobody knows when they were granted, the newest first, as far as any are missing: the bucket
    /// never holds more than a new one. For buckets in which nobody reserves ahead.
    /// </summary>
    /// <param name="state">The bucket.</param>
    /// <param name="permits">Permits, 0 or more.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <exception cref="ArgumentOutOfRangeException">The permits are negative.</exception>
    void GiveBack(ref TState state, long permits, long now)
    {
        Limits.CheckCost(permits);
        if (!TryCharge(ref state, -permits, now))
        {
            Return(ref state, new Grant(permits, now), now);
        }
    }

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

    /// <summary>
    /// What <see cref="UndoNewest"/> needs of a state, to be kept while the original changes. Where that looks at the grant alone
    /// this need be no copy; <see cref="Save"/> and <see cref="Restore"/> make one.
    /// </summary>
    TState Copy(in TState state) => state;

    /// <summary>The state for these numbers, carried over from a bucket that lived under other numbers of the same algorithm.</summary>
    TState CarryOver(in TState state, ILimiter<TState> previous, OnChange onChange, long now);

    /// <summary>A bucket that holds <paramref name="remaining"/> permits now; how a bucket is carried to another algorithm.</summary>
    /// <param name="remaining">Permits, clamped to 0 to <see cref="Limit"/>.</param>
    /// <param name="now">The present instant in ticks.</param>
    TState CreateWith(long remaining, long now);

    /// <summary>Whether the bucket answers every question, now and later, as a new one would; then it may be forgotten.</summary>
    bool IsNew(in TState state, long now);

    /// <summary>
    /// Spends permits that nobody asked for, as many of them as the limiter can count, so that what is stored now covers grants
    /// to come; see <see cref="Covers"/>. A level may sink to a whole bucket's debt, a window fills up to its limit.
    /// </summary>
    /// <param name="state">The bucket; unchanged when false is returned.</param>
    /// <param name="permits">Permits, 0 or more.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <returns>Whether this limiter can: not where it remembers the instants of its grants.</returns>
    bool TrySetAside(ref TState state, long permits, long now) => false;

    /// <summary>
    /// Takes what was granted elsewhere on the same account, whether it is there or not: the level may sink below zero, without
    /// end, and is repaid by time. A negative number gives back what was given back there, up to a full bucket.
    /// </summary>
    /// <param name="state">The bucket; unchanged when false is returned.</param>
    /// <param name="permits">Permits, at most <see cref="Limits.MaxPermits"/> either way; more count as that.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <returns>Whether this limiter can.</returns>
    bool TryCharge(ref TState state, long permits, long now) => false;

    /// <summary>Permits that are missing until the bucket is as new, rounded up: above <see cref="Limit"/> where it is in debt and the limiter knows its depth.</summary>
    long MissingOf(in TState state, long now) => Limit - Peek(state, 0, now).Remaining;

    /// <summary>
    /// Whether a bucket that goes on from <paramref name="stored"/> grants nothing, now or later, that one that goes on from
    /// <paramref name="actual"/> would not, both unused until now. Exact, not in whole permits; where it is not certain the answer is no.
    /// </summary>
    bool Covers(in TState stored, in TState actual, long now);

    /// <summary>The state as bytes, for <see cref="Restore"/>. The form is stable: it is what storage holds.</summary>
    byte[] Save(in TState state);

    /// <summary>The state that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FormatException">The bytes are not such a state.</exception>
    TState Restore(ReadOnlySpan<byte> saved);
}
