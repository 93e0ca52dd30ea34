using Throttle.Core.Counters;
using Throttle.Core.Limiters;

namespace Throttle.Core.Replication;

/// <summary>
/// One token bucket in several places that cannot ask one another first: each admits by itself, from a bucket that starts full,
/// tells the others what it has granted in all, and is charged for what they have. A level may so sink below zero; then nothing
/// is admitted until time has repaid it.
/// </summary>
/// <remarks>
/// <para><b>What it promises.</b> With N replicas that exchange all they know at least every D: in any interval of length T at
/// most capacity + rate × T, and (N − 1) × (capacity + rate × D) more; of a burst at one instant, (N − 1) × capacity more. What was
/// granted too much is repaid, so that the long-run average is the rate. While P groups of them are cut off from one another for a
/// time t they grant at most P × (capacity + rate × t) together, and repay it afterwards. A level counts what the replica has
/// heard of, so a state that was lost makes the others late, and never wrong: states are cumulative, and a repeated or an older
/// one changes nothing.</para>
/// <para><b>Who is who.</b> Only a replica adds to its slots, and it takes none of them from others. After a restart without its
/// memory it goes on under a new id, from what another one has saved.</para>
/// <para>Pure: <c>now</c> is as in <see cref="ILimiter{TState}"/>, and each replica may go by a clock of its own. For one caller at a
/// time. Sources: the seed's notes on negative tokens, and B. Raghavan et al., "Cloud Control with Distributed Rate Limiting",
/// SIGCOMM 2007, for the idea of charging a local bucket with what others admit.</para>
/// </remarks>
public sealed class ReplicatedTokenBucket
{
    private readonly TokenBucket _limiter;
    private TokenBucketState _state;

    /// <summary>A full bucket that knows of nobody else.</summary>
    /// <param name="replica">The id of its slots, different from that of every other replica, past ones included; see <see cref="GCounter"/>.</param>
    /// <param name="capacity">1 to <see cref="Limits.MaxPermits"/>; the same in every replica.</param>
    /// <param name="refill">The rate of all replicas together.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <exception cref="ArgumentException">The id is none that a slot can have, or a number is out of range.</exception>
    public ReplicatedTokenBucket(string replica, long capacity, Rate refill, long now)
    {
        _ = GCounter.Of(replica, 0);
        Replica = replica;
        _limiter = new(capacity, refill);
        _state = _limiter.Create(now);
    }

    /// <summary>The id of its slots.</summary>
    public string Replica { get; }

    /// <summary>The permits that each replica has granted, as far as this one knows.</summary>
    public GCounter Consumed { get; private set; } = GCounter.Zero;

    /// <summary>The permits that each replica was given back.</summary>
    public GCounter Returned { get; private set; } = GCounter.Zero;

    /// <summary>Whole permits in it, rounded down; below zero where more was granted than there was.</summary>
    public long LevelAt(long now) => _limiter.LevelOf(_state, now);

    /// <summary>Takes permits, all or none, from what is here; nobody is asked.</summary>
    /// <param name="permits">0 or more; 0 asks without taking.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <exception cref="ArgumentOutOfRangeException">The permits are negative.</exception>
    /// <exception cref="OverflowException">It has granted all that a slot can count.</exception>
    public LimiterDecision Acquire(long permits, long now)
    {
        // Counted first: what cannot be counted is not granted.
        var consumed = permits > 0 ? Consumed.Add(Replica, permits) : Consumed;
        var decision = _limiter.Acquire(ref _state, permits, now);
        Consumed = decision.IsAllowed ? consumed : Consumed;
        return decision;
    }

    /// <summary>Gives back what this replica has granted; the others learn of it, too.</summary>
    /// <param name="permits">0 or more.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <returns>Whether so much was granted here, and not given back yet; if not, nothing has changed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The permits are negative.</exception>
    public bool Return(long permits, long now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(permits);
        if (permits > Consumed[Replica] - Returned[Replica])
        {
            return false;
        }

        Returned = Returned.Add(Replica, permits);
        return _limiter.TryCharge(ref _state, -permits, now);
    }

    /// <summary>Learns what another replica knows: it is charged for what is new. In any order, any number of times.</summary>
    /// <param name="consumed">The other's <see cref="Consumed"/>, or a part of it.</param>
    /// <param name="returned">The other's <see cref="Returned"/> of the same moment.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <returns>Whether anything was new: if not, there is nothing to pass on.</returns>
    public bool Merge(GCounter consumed, GCounter returned, long now)
    {
        ArgumentNullException.ThrowIfNull(consumed);
        ArgumentNullException.ThrowIfNull(returned);
        var (before, back) = (Consumed, Returned);
        Consumed = Without(consumed, before).Merge(before);
        Returned = Without(returned, back).Merge(back);
        foreach (var (id, count) in Consumed.Slots)
        {
            var charge = new ConsumptionChange(count - before[id], Returned[id] - back[id]).Charge;
            if (charge != 0)
            {
                _limiter.TryCharge(ref _state, charge, now);
            }
        }

        return !Consumed.Equals(before) || !Returned.Equals(back);
    }

    /// <summary>A replica that begins with what this one knows: its level, and what all have granted. This is how one joins, or comes back under a new id.</summary>
    /// <param name="replica">The new one's id.</param>
    /// <exception cref="ArgumentException">The id is none that a slot can have, or it has counted already.</exception>
    public ReplicatedTokenBucket Fork(string replica)
    {
        if (string.Equals(replica, Replica, StringComparison.Ordinal) || Consumed[replica] > 0)
        {
            throw new ArgumentException($"The replica '{replica}' has counted already; use an id of its own.", nameof(replica));
        }

        return new(replica, this);
    }

    private ReplicatedTokenBucket(string replica, ReplicatedTokenBucket other)
    {
        _ = GCounter.Of(replica, 0);
        (Replica, _limiter, _state, Consumed, Returned) = (replica, other._limiter, other._state, other.Consumed, other.Returned);
    }

    /// <summary>What others say of this replica's own slot is left out, unless it is no more than it knows.</summary>
    private GCounter Without(GCounter remote, GCounter own) => remote[Replica] <= own[Replica]
        ? remote
        : remote.Slots.Where(slot => !string.Equals(slot.Key, Replica, StringComparison.Ordinal))
            .Aggregate(GCounter.Zero, (all, slot) => all.Add(slot.Key, slot.Value));
}
