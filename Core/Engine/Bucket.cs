using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <summary>One bucket and those who wait for it, for an owner that keeps it and tells it the time, such as a grain.</summary>
/// <remarks>
/// <para>It has no clock, no timer and no lock: the owner gives it one call at a time, and calls <see cref="Serve"/> when
/// <see cref="NextDueAt"/> has come. <c>now</c> is as in <see cref="ILimiter{TState}"/>: one earlier than the bucket has
/// seen counts as that.</para>
/// <para><b>Write-ahead.</b> An owner whose bucket must outlive it asks <see cref="IsCovered"/> after each grant and each
/// renewal, before it tells the caller; after a wait in line, too, for the lease is granted at its end. If not, it stores the
/// bytes of <see cref="SetAside"/>, says so by <see cref="Stored"/>, and then tells. What was told by then and what a bucket restored
/// from storage grants afterwards are together no more than one bucket that was never lost may grant. What is set aside makes
/// one write last for many grants; it is all that a loss can cost.</para>
/// </remarks>
public abstract class Bucket
{
    private protected Bucket()
    {
    }

    /// <summary>The algorithm and the numbers it works by.</summary>
    public abstract LimiterSpec Spec { get; }

    /// <summary>Whether its permits are leases, whose turns nobody can foretell.</summary>
    public abstract bool IsLeased { get; }

    /// <summary>How many callers wait here.</summary>
    public abstract int WaiterCount { get; }

    /// <summary>
    /// The first instant, in ticks, at which <see cref="Serve"/> has something to do: a caller's turn, or in line a deadline or
    /// the end of a lease. <see cref="Ticks.Never"/> when nobody waits here.
    /// </summary>
    public abstract long NextDueAt { get; }

    /// <summary>A bucket nobody has used.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number of the spec is out of range; a validated rule has none such.</exception>
    public static Bucket Create(LimiterSpec spec, long now) => SharedLimiter.Of(spec).Create(now);

    /// <summary>A bucket whose whole limit was taken at an instant: the least that one can hold whose past from then on is unknown, reservations apart.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number of the spec is out of range.</exception>
    public static Bucket CreateSpent(LimiterSpec spec, long at) => CreateWith(spec, 0, at);

    /// <summary>A bucket that holds so many permits now.</summary>
    /// <param name="spec">The algorithm and its numbers.</param>
    /// <param name="remaining">Permits, clamped to 0 to the limit.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the spec is out of range.</exception>
    public static Bucket CreateWith(LimiterSpec spec, long remaining, long now) => SharedLimiter.Of(spec).CreateWith(remaining, now);

    /// <summary>
    /// The bucket that <see cref="Save"/> or <see cref="SetAside"/> wrote, with nobody waiting. It counts as what storage holds,
    /// so that <see cref="IsCovered"/> is true at first: storage must hold this, or what covers it.
    /// </summary>
    /// <exception cref="FormatException">The bytes are no state of this algorithm.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of the spec is out of range.</exception>
    public static Bucket Restore(LimiterSpec spec, ReadOnlySpan<byte> saved) => SharedLimiter.Of(spec).Restore(saved);

    /// <summary>
    /// Takes permits, all or none, and answers at once. Where others stand in line nobody overtakes them: it is refused.
    /// </summary>
    /// <param name="permits">0 or more; 0 asks without taking.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <param name="maxWaitTicks">The longest acceptable delay in ticks, 0 or more. Whoever is granted one waits elsewhere, and may return it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The permits or the wait are negative.</exception>
    public abstract LimiterDecision Acquire(long permits, long now, long maxWaitTicks = 0);

    /// <summary>What <see cref="Acquire"/> would answer, taking nothing. A place that somebody gave back, which it may get, is not counted.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The permits or the wait are negative.</exception>
    public abstract LimiterDecision Peek(long permits, long now, long maxWaitTicks = 0);

    /// <summary>
    /// Takes permits for a caller that waits here: it is answered at once, waits for the instant it is granted, or stands in line
    /// for a lease until the wait has passed.
    /// </summary>
    /// <param name="permits">0 or more.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <param name="maxWaitTicks">The longest acceptable wait in ticks, 0 or more; with 0 nobody waits.</param>
    /// <exception cref="ArgumentOutOfRangeException">The permits or the wait are negative.</exception>
    public abstract BucketWaiter Wait(long permits, long now, long maxWaitTicks);

    /// <summary>A waiter leaves: what was reserved for it is given back, those behind move up, and its task is cancelled.</summary>
    /// <returns>
    /// Whether it left. Not when it was answered before, nor when its instant has come, even if nobody has served it: then it is
    /// served now, for others may have been served on top of it.
    /// </returns>
    public abstract bool Leave(BucketWaiter waiter, long now);

    /// <summary>
    /// Completes what has come due, in order: those whose instant has come go, those in line take the leases that have ended, and
    /// then those in line whose deadline has come are refused.
    /// </summary>
    public abstract void Serve(long now);

    /// <summary>Gives back what was granted; see <see cref="ILimiter{TState}.Return"/>. Those who wait here move up.</summary>
    /// <returns>Whether it was still worth giving back.</returns>
    public abstract bool Return(in Grant grant, long now);

    /// <summary>Takes what was granted elsewhere on the same account, whether it is there or not; see <see cref="ILimiter{TState}.TryCharge"/>.</summary>
    /// <returns>Whether the algorithm can.</returns>
    internal abstract bool TryCharge(long permits, long now);

    /// <summary>Permits that are missing until it is as new; see <see cref="ILimiter{TState}.MissingOf"/>.</summary>
    internal abstract long MissingOf(long now);

    /// <summary>The holder of a grant is about to make its call; see <see cref="ISpacedLimiter{TState}.Begin"/>. Where calls are not spaced it may.</summary>
    public abstract BeginAnswer Begin(in Grant grant, long lagTicks, long now);

    /// <summary>The call of a grant that was begun has run; see <see cref="ISpacedLimiter{TState}.Ran"/>.</summary>
    /// <returns>Whether that was of use.</returns>
    public abstract bool Ran(in Grant grant, long ranAt, long now);

    /// <summary>The factor, after setting it where one is given; null where the algorithm has none.</summary>
    /// <exception cref="InvalidOperationException">It may not be set.</exception>
    public abstract Factor? Factor(Factor? set, long now);

    /// <summary>Extends a lease to one lease time from <paramref name="now"/>.</summary>
    /// <returns>When it now ends, in ticks, or null when it is not held.</returns>
    public abstract long? Renew(Guid leaseId, long now);

    /// <summary>Gives back permits of which nobody knows when they were granted; see <see cref="ILimiter{TState}.GiveBack"/>. For buckets in which nobody waits or reserves ahead.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The permits are negative.</exception>
    public abstract void GiveBack(long permits, long now);

    /// <summary>Does what a call that brings its own limit asks for, at once. The bucket lives by that limit already.</summary>
    /// <param name="action">What is done.</param>
    /// <param name="permits">0 or more.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <exception cref="ArgumentOutOfRangeException">The permits are negative, or there is no such action.</exception>
    public LimiterDecision Ask(InlineAction action, long permits, long now)
    {
        switch (action)
        {
            case InlineAction.Take:
                return Acquire(permits, now);
            case InlineAction.Drain:
                return Drain(permits, now);
            case InlineAction.GiveBack:
                GiveBack(permits, now);
                return Peek(0, now);
            case InlineAction.Reset:
                Reset(now);
                return Acquire(permits, now);
            case InlineAction.Look:
                return Peek(0, now);
            case InlineAction.Forget:
                var before = Peek(0, now);
                Reset(now);
                return before;
            default:
                throw new ArgumentOutOfRangeException(nameof(action), action, $"There is no action {action}.");
        }
    }

    /// <summary>Makes the bucket new. Those who wait for an instant keep it, and leases may be had by those in line.</summary>
    /// <returns>Whether there was anything to forget.</returns>
    public abstract bool Reset(long now);

    /// <summary>Whether it answers as a new bucket would, now and later, with nobody waiting and nothing reserved ahead.</summary>
    public abstract bool IsNew(long now);

    /// <summary>
    /// Goes on under other numbers, or as another algorithm; then what is left is carried over, those in line are sent to ask
    /// again, and those who wait for an instant keep it. Numbers that are the same change nothing. What storage holds no longer
    /// counts, see <see cref="IsCovered"/>.
    /// </summary>
    /// <param name="spec">The algorithm and its numbers.</param>
    /// <param name="onChange">How what was used is carried over.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <returns>The bucket to use from now on; where it is another, this one must not be used any more.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number of the spec is out of range.</exception>
    public abstract Bucket ChangeTo(LimiterSpec spec, OnChange onChange, long now);

    /// <summary>The exact state as bytes, for <see cref="Restore"/>. Those who wait, and who holds an instant, are not in it.</summary>
    public abstract byte[] Save();

    /// <summary>
    /// The state for storage, in which so many more permits are spent than are, as far as the limiter can; those that remember
    /// instants (sliding log, spacing, concurrency) are stored exactly. The bucket itself is unchanged, but from now on storage may hold
    /// either this or what it held before: <see cref="IsCovered"/> asks for both until <see cref="Stored"/> says what it is.
    /// </summary>
    /// <remarks>A write that failed may have come to storage. Making another state to write is then the way to know again.</remarks>
    /// <param name="permits">Permits to set aside, 0 or more; 0 for the exact state.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <exception cref="ArgumentOutOfRangeException">The permits are negative.</exception>
    public abstract SavedBucket SetAside(long permits, long now);

    /// <summary>Says what storage now holds. What was made under other numbers than the present ones does not count.</summary>
    /// <param name="saved">What <see cref="SetAside"/> gave; null when storage holds nothing of this bucket, said before it is cleared.</param>
    public abstract void Stored(SavedBucket? saved);

    /// <summary>
    /// Whether a bucket restored from what storage holds would grant nothing, now or later, that this one would not. False while
    /// storage holds nothing, and from a change of the numbers until it is stored anew.
    /// </summary>
    public abstract bool IsCovered(long now);

    private LimiterDecision Drain(long permits, long now)
    {
        var decision = Acquire(permits, now);
        if (decision.IsAllowed)
        {
            return decision;
        }

        Acquire(decision.Remaining, now);
        return Peek(permits, now);
    }
}
