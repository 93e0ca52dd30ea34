using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <summary>A <see cref="Bucket"/> with the type of its limiter's state.</summary>
internal sealed partial class BucketOf<TState> : Bucket
    where TState : struct
{
    private SharedLimiter.With<TState> _shared;
    private TState _state;

    // What storage holds, and what it may hold once a write has been begun; null where that is not known. Only owners with
    // storage pay for them.
    private SavedBucket? _stored;
    private SavedBucket? _begun;

    public BucketOf(SharedLimiter.With<TState> shared, TState state, TurnQueue? turns = null)
    {
        (_shared, _state) = (shared, state);
        _queues = turns is null ? null : new() { Kept = turns };
    }

    public override LimiterSpec Spec => _shared.Spec;

    public override bool IsLeased => Limiter is ILeaseLimiter<TState>;

    private ILimiter<TState> Limiter => _shared.Limiter;

    public override LimiterDecision Acquire(long permits, long now, long maxWaitTicks = 0) =>
        _queues is null && maxWaitTicks == 0
            ? Limiter.Acquire(ref _state, permits, now)
            : Acquire(permits, now, maxWaitTicks, turn: null);

    public override LimiterDecision Peek(long permits, long now, long maxWaitTicks = 0)
    {
        CheckWait(maxWaitTicks);
        var decision = Limiter.Peek(_state, permits, now, maxWaitTicks);
        return IsBehindLine(permits) ? LeaseLine.Behind(decision) : decision;
    }

    public override bool Return(in Grant grant, long now)
    {
        if (grant.LeaseId != default != IsLeased)
        {
            return false;
        }

        var isReturned = _queues?.Reservations is { } reservations
            ? reservations.Return(grant, ref _state, Limiter, now)
            : Limiter.Return(ref _state, grant, now);
        Settle(now);
        return isReturned;
    }

    internal override bool TryCharge(long permits, long now)
    {
        var isCharged = Limiter.TryCharge(ref _state, permits, now);

        // Taking a reservation back exactly would take back the charge, too.
        _queues?.Reservations?.ForgetBefore();
        return isCharged;
    }

    internal override long MissingOf(long now) => Limiter.MissingOf(_state, now);

    public override BeginAnswer Begin(in Grant grant, long lagTicks, long now) =>
        Limiter is ISpacedLimiter<TState> spaced ? spaced.Begin(ref _state, grant, lagTicks, now) : BeginAnswer.Unspaced;

    public override bool Ran(in Grant grant, long ranAt, long now) =>
        Limiter is ISpacedLimiter<TState> spaced && spaced.Ran(ref _state, grant, ranAt, now);

    public override Factor? Factor(Factor? set, long now) =>
        Limiter is not IAdaptiveLimiter<TState> adaptive ? null
        : set is { } factor ? adaptive.SetFactor(ref _state, factor, now)
        : adaptive.FactorOf(_state, now);

    public override long? Renew(Guid leaseId, long now)
    {
        if (Limiter is not ILeaseLimiter<TState> leases)
        {
            return null;
        }

        var endsAt = leases.Renew(ref _state, leaseId, now);

        // Under a shorter lease time it may end sooner than the line looks.
        Settle(now);
        return endsAt;
    }

    public override void GiveBack(long permits, long now)
    {
        Limits.CheckCost(permits);
        Limiter.GiveBack(ref _state, permits, now);
        Settle(now);
    }

    public override bool Reset(long now)
    {
        var wasUsed = !Limiter.IsNew(_state, now);

        // By way of the limiter, which keeps the last instant that it has seen.
        _state = Limiter.CarryOver(_state, Limiter, OnChange.Reset, now);
        ForgetReservations(now);
        Settle(now);
        return wasUsed;
    }

    public override bool IsNew(long now) =>
        Limiter.IsNew(_state, now)
        && (_queues is null || (_queues is { Kept: null, Line: null } && _queues.Reservations?.HasAny(now) != true));

    public override Bucket ChangeTo(LimiterSpec spec, OnChange onChange, long now)
    {
        var shared = SharedLimiter.Of(spec);
        if (shared is not SharedLimiter.With<TState> same)
        {
            var next = shared.Adopt(Limiter.Peek(_state, 0, now), KeepTurns(now), onChange, now);
            _queues?.Line?.End();
            return next;
        }

        var old = Limiter;
        var isSame = spec == Spec;
        _shared = same;
        if (!isSame)
        {
            (_stored, _begun) = (null, null);
            if (onChange == OnChange.Reset)
            {
                ForgetReservations(now);
            }

            _queues?.Reservations?.CarryOver(onChange, now);
            _state = Limiter.CarryOver(_state, old, onChange, now);
            Settle(now);
        }

        return this;
    }

    public override byte[] Save() => Limiter.Save(_state);

    public override SavedBucket SetAside(long permits, long now)
    {
        Limits.CheckCost(permits);
        var state = Limiter.Copy(_state);
        Limiter.TrySetAside(ref state, permits, now);

        // A write begun before may have come to storage or not, if nothing was said of it since.
        _stored = _begun is null ? _stored : null;
        _begun = Keep(Limiter.Save(state));
        return _begun;
    }

    public override void Stored(SavedBucket? saved)
    {
        // What was made under other numbers counts in other units.
        _stored = saved is not null && ReferenceEquals(saved.Limiter, Limiter) ? saved : null;
        _begun = null;
    }

    public override bool IsCovered(long now) => Covers(_stored, now) && (_begun is null || Covers(_begun, now));

    /// <summary>Counts what the bucket was restored from as stored.</summary>
    internal BucketOf<TState> RestoredFrom(ReadOnlySpan<byte> saved)
    {
        _stored = Keep(saved.ToArray());
        return this;
    }

    // By way of the bytes: it shares nothing with the bucket, and is what storage will give.
    private SavedBucket Keep(byte[] bytes) => new(bytes, Limiter.Restore(bytes), Limiter);

    private bool Covers(SavedBucket? saved, long now) => saved?.State is TState stored && Limiter.Covers(stored, _state, now);

    private static void CheckWait(long maxWaitTicks)
    {
        if (maxWaitTicks < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(maxWaitTicks), maxWaitTicks, $"maxWaitTicks is {maxWaitTicks}; use 0 to {Ticks.Never}.");
        }
    }

    /// <summary>Takes permits. The turn is who will wait here if they are granted for later; null when the caller waits elsewhere.</summary>
    private LimiterDecision Acquire(long permits, long now, long maxWaitTicks, GrantedTurn? turn)
    {
        CheckWait(maxWaitTicks);
        if (IsBehindLine(permits))
        {
            return Peek(permits, now, maxWaitTicks);
        }

        if (maxWaitTicks == 0)
        {
            return Limiter.Acquire(ref _state, permits, now);
        }

        var list = _queues?.Reservations;
        var decision = ReservationList<TState>.Reserve(ref list, ref _state, Limiter, permits, now, maxWaitTicks, turn);
        if (list is not null || _queues is not null)
        {
            _queues ??= new();
            _queues.Reservations = list;
            DropQueues();
        }

        return decision;
    }
}
