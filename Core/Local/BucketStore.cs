using System.Runtime.CompilerServices;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Local;

/// <summary>The buckets of one rule, spread over stripes by the key's hash, each stripe with a lock of its own.</summary>
internal sealed partial class BucketStore<TState> : RuleBuckets
    where TState : struct
{
    private const int StripeCount = 16;
    private readonly LocalContext _context;
    private readonly Stripe?[] _stripes;
    private ILimiter<TState> _limiter;

    public BucketStore(Rule rule, ILimiter<TState> limiter, LocalContext context, long sequence)
        : base(rule, sequence)
    {
        _context = context;
        _limiter = limiter;
        IsLeased = limiter is ILeaseLimiter<TState>;
        _stripes = new Stripe?[rule.Key.Count == 0 ? 1 : StripeCount];
    }

    public override bool IsLeased { get; }

    public override long Refused => _context.Room.Refused;

    public override int Count => Stripes().Sum(s => s.Table.Count);

    public override Gate GateOf(string key) => StripeOf(BucketTable<TState>.HashOf(key)).Gate;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override bool TryAcquire(string key, long permits, long now, out LimiterDecision decision)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            ref var state = ref stripe.Table.Find(key, hash);
            if (!Unsafe.IsNullRef(ref state) && !stripe.IsRetired && !IsBehindLine(stripe, key, permits))
            {
                decision = stripe.Limiter.Acquire(ref state, permits, now);
                return true;
            }

            var answer = Acquire(stripe, key, hash, permits, now, 0, turn: null);
            decision = answer.Decision;
            return answer.Error is null && !answer.IsStale;
        }
    }

    public override BucketAnswer Acquire(string key, long permits, long now, long maxWaitTicks)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            return Acquire(stripe, key, hash, permits, now, maxWaitTicks, turn: null);
        }
    }

    public override BucketAnswer Peek(string key, long permits, long now, long maxWaitTicks)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            if (stripe.IsRetired)
            {
                return BucketAnswer.Stale;
            }

            ref var state = ref stripe.Table.Find(key, hash);
            var decision = Unsafe.IsNullRef(ref state)
                ? stripe.Limiter.Peek(stripe.Limiter.Create(now), permits, now, maxWaitTicks)
                : stripe.Limiter.Peek(state, permits, now, maxWaitTicks);
            return new(IsBehindLine(stripe, key, permits) ? LeaseLine.Behind(decision) : decision);
        }
    }

    public override bool Return(string key, in Grant grant, long now)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            ref var state = ref stripe.Table.Find(key, hash);
            if (stripe.IsRetired || Unsafe.IsNullRef(ref state) || grant.LeaseId != default != IsLeased)
            {
                return false;
            }

            var isReturned = Return(stripe, key, ref state, grant, now);
            ForgetIfNew(stripe, key, hash, now);
            ServeLine(stripe, key, now);
            return isReturned;
        }
    }

    public override long? Renew(string key, Guid leaseId, long now)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            ref var state = ref stripe.Table.Find(key, hash);
            if (stripe.IsRetired || Unsafe.IsNullRef(ref state) || stripe.Limiter is not ILeaseLimiter<TState> leases)
            {
                return null;
            }

            var endsAt = leases.Renew(ref state, leaseId, now);

            // Under a shorter lease time it may end sooner than the line's timer looks.
            ServeLine(stripe, key, now);
            return endsAt;
        }
    }

    public override bool Reset(string key, long now)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        using (stripe.Gate.Hold())
        {
            ref var state = ref stripe.Table.Find(key, hash);
            if (stripe.IsRetired || Unsafe.IsNullRef(ref state))
            {
                return false;
            }

            var wasUsed = !stripe.Limiter.IsNew(state, now);

            // By way of the limiter, which keeps the last instant that it has seen.
            state = stripe.Limiter.CarryOver(state, stripe.Limiter, OnChange.Reset, now);
            ForgetIfNew(stripe, key, hash, now);
            stripe.Reservations.Remove(key);
            ServeLine(stripe, key, now);
            return wasUsed;
        }
    }

    /// <summary>Takes permits. The turn is who will wait here if they are granted for later; null when the caller waits elsewhere.</summary>
    private BucketAnswer Acquire(
        Stripe stripe, string key, int hash, long permits, long now, long maxWaitTicks, GrantedTurn? turn)
    {
        if (stripe.IsRetired)
        {
            return BucketAnswer.Stale;
        }

        if (IsBehindLine(stripe, key, permits))
        {
            return Peek(key, permits, now, maxWaitTicks);
        }

        ref var state = ref stripe.Table.Find(key, hash);
        if (Unsafe.IsNullRef(ref state))
        {
            return AcquireFirst(stripe, key, hash, permits, now, maxWaitTicks, turn);
        }

        return maxWaitTicks == 0
            ? new(stripe.Limiter.Acquire(ref state, permits, now))
            : new(Reserve(stripe, key, ref state, permits, now, maxWaitTicks, turn));
    }

    /// <summary>
    /// Takes from a bucket that does not exist yet. Its caller may have to wait all the same: a token bucket grants more than
    /// its capacity as a debt. The bucket may have been forgotten after the caller read the clock, so the clock is read again.
    /// </summary>
    private BucketAnswer AcquireFirst(
        Stripe stripe, string key, int hash, long permits, long now, long maxWaitTicks, GrantedTurn? turn)
    {
        now = Math.Max(now, _context.Clock.Now);
        var state = stripe.Limiter.Create(now);
        var decision = maxWaitTicks == 0
            ? stripe.Limiter.Acquire(ref state, permits, now)
            : Reserve(stripe, key, ref state, permits, now, maxWaitTicks, turn);
        if (!decision.IsAllowed || permits == 0 || TryAddFirst(stripe, key, hash, state, now))
        {
            return new(decision);
        }

        stripe.Reservations.Remove(key);
        return BucketAnswer.Failed(Failure.Of(FailureReason.NoRoom));
    }

    /// <summary>Keeps a bucket not yet there, where there is room.</summary>
    private bool TryAddFirst(Stripe stripe, string key, int hash, in TState state, long now)
    {
        SweepSome(stripe, now, places: 2);
        if (!_context.TryAdd(now))
        {
            return false;
        }

        // Not before there is room: at the maximum nobody should look at everything in vain. And where little was found the
        // table grows all the same, or else the next few would look at everything again.
        if (stripe.Table.IsFull && SweepSome(stripe, now, stripe.Table.Places) < stripe.Table.Places / 8)
        {
            stripe.Table.Grow();
        }

        stripe.Table.Add(key, hash, state);
        return true;
    }

    private static bool Return(Stripe stripe, string key, ref TState state, in Grant grant, long now)
    {
        if (!stripe.Reservations.TryGetValue(key, out var list))
        {
            return stripe.Limiter.Return(ref state, grant, now);
        }

        var isReturned = list.Return(grant, ref state, stripe.Limiter, now);
        DropIfEmpty(stripe, key, list);
        return isReturned;
    }

    private void ForgetIfNew(Stripe stripe, string key, int hash, long now)
    {
        ref var state = ref stripe.Table.Find(key, hash);
        if (!Unsafe.IsNullRef(ref state) && stripe.Limiter.IsNew(state, now))
        {
            Remove(stripe, key, hash);
        }
    }

    private void Remove(Stripe stripe, string key, int hash)
    {
        if (stripe.Table.Remove(key, hash))
        {
            _context.Room.Remove();
        }
    }

    private Stripe StripeOf(int hash)
    {
        // The table inside the stripe uses the low bits.
        var index = (hash >>> 28) & (_stripes.Length - 1);
        return Volatile.Read(ref _stripes[index]) ?? MakeStripe(index);
    }

    private Stripe MakeStripe(int index)
    {
        lock (_stripes)
        {
            return _stripes[index] ??= new(_limiter);
        }
    }

    private List<Stripe> Stripes()
    {
        lock (_stripes)
        {
            return [.. _stripes.OfType<Stripe>()];
        }
    }

    private sealed class Stripe(ILimiter<TState> limiter)
    {
        public Gate Gate { get; } = new();

        public ILimiter<TState> Limiter { get; set; } = limiter;

        public BucketTable<TState> Table { get; } = new();

        public Dictionary<string, ReservationList<TState>> Reservations { get; } = new(0, StringComparer.Ordinal);

        public Dictionary<string, Line> Lines { get; } = new(0, StringComparer.Ordinal);

        /// <summary>Where the next look for something to forget starts.</summary>
        public int Hand { get; set; }

        public bool IsRetired { get; set; }
    }
}
