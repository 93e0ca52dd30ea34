using System.Runtime.CompilerServices;
using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Local;

internal sealed partial class BucketStore<TState>
{
    public override int WaiterCount
    {
        get
        {
            var count = 0;
            foreach (var stripe in Stripes())
            {
                using (stripe.Gate.Hold())
                {
                    count += stripe.Lines.Values.Sum(line => line.Waiters.Count);
                    count += stripe.Reservations.Values.Sum(list => list.WaiterCount);
                }
            }

            return count;
        }
    }

    public override ValueTask<BucketAnswer> AcquireAndWaitAsync(
        string key, long permits, long now, long maxWaitTicks, CancellationToken cancellationToken)
    {
        var hash = BucketTable<TState>.HashOf(key);
        var stripe = StripeOf(hash);
        (LeaseLine, LinkedListNode<LeaseWaiter>)? joined = null;
        BucketAnswer answer;
        var turn = new Turn(_context.Time, _context.Clock, turn => Serve(turn, stripe, key));
        using (stripe.Gate.Hold())
        {
            answer = Acquire(stripe, key, hash, permits, now, maxWaitTicks, turn);
            if (answer.Decision.DelayTicks > 0)
            {
                turn.Start();
            }
            else if (IsLeased && answer.Error is null && !answer.IsStale && answer.Decision.RetryAfterTicks > 0)
            {
                joined = JoinLine(stripe, key, permits, now);
            }
        }

        // Not under the stripe's lock: unregistering waits for a cancellation that is under way, which takes that lock.
        return joined is { } inLine ? new(WaitInLineAsync(inLine, stripe, Ticks.Add(now, maxWaitTicks), cancellationToken))
            : answer.Decision.DelayTicks > 0 ? new(WaitForTurnAsync(turn, answer.Decision, stripe, key, hash, cancellationToken))
            : new(answer);
    }

    private async Task<BucketAnswer> WaitForTurnAsync(
        Turn turn, LimiterDecision decision, Stripe stripe, string key, int hash, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(t => TryLeave(t, stripe, key, hash), cancellationToken).ConfigureAwait(false);
        return new(decision.AtItsTurn(turn.DueAt));
    }

    /// <summary>A waiter's instant has come. Those before it go first; it goes even where its bucket was reset or is gone.</summary>
    private void Serve(Turn turn, Stripe stripe, string key)
    {
        using (stripe.Gate.Hold())
        {
            PassReservations(stripe, key, _context.Clock.Now);
            turn.TryComplete();
        }
    }

    private static void PassReservations(Stripe stripe, string key, long now)
    {
        if (stripe.Reservations.TryGetValue(key, out var list))
        {
            list.Pass(now);
            DropIfEmpty(stripe, key, list);
        }
    }

    /// <summary>A waiter was cancelled: those behind it move up. Where its bucket was reset or is gone there is nothing to give back.</summary>
    private bool TryLeave(Turn turn, Stripe stripe, string key, int hash)
    {
        using (stripe.Gate.Hold())
        {
            var now = _context.Clock.Now;
            PassReservations(stripe, key, now);
            if (!turn.TryLeave(now))
            {
                return false;
            }

            ref var state = ref stripe.Table.Find(key, hash);
            if (!Unsafe.IsNullRef(ref state)
                && stripe.Reservations.TryGetValue(key, out var list)
                && list.PlaceOf(turn) is >= 0 and var place)
            {
                list.Free(place, ref state, stripe.Limiter, now);
                DropIfEmpty(stripe, key, list);
                ForgetIfNew(stripe, key, hash, now);
            }

            return true;
        }
    }

    private static void DropIfEmpty(Stripe stripe, string key, ReservationList<TState> list)
    {
        if (list.Count == 0)
        {
            stripe.Reservations.Remove(key);
        }
    }

    /// <summary>Takes from a bucket on behalf of somebody who may wait, and remembers a grant for later.</summary>
    private static LimiterDecision Reserve(
        Stripe stripe, string key, ref TState state, long permits, long now, long maxWaitTicks, Turn? turn)
    {
        if (stripe.Reservations.TryGetValue(key, out var list))
        {
            list.Pass(now);
            if (permits > 0 && list.TakeFree(permits, Ticks.Add(now, maxWaitTicks)) is { } free)
            {
                return TakeOver(stripe, state, free, turn, now);
            }

            DropIfEmpty(stripe, key, list);
        }

        var before = stripe.Limiter.Copy(state);
        var decision = stripe.Limiter.Acquire(ref state, permits, now, maxWaitTicks);
        if (decision.DelayTicks > 0)
        {
            turn?.MoveUp(decision.Grant.ValidAt);
            if (!stripe.Reservations.TryGetValue(key, out list))
            {
                stripe.Reservations[key] = list = new();
            }

            list.Add(new(decision.Grant, before, turn));
        }

        return decision;
    }

    private static LimiterDecision TakeOver(Stripe stripe, in TState state, Reservation<TState> free, Turn? turn, long now)
    {
        free.Turn = turn;
        turn?.MoveUp(free.Grant.ValidAt);
        var present = stripe.Limiter.Peek(state, 0, now);
        return LimiterDecision.Allowed(
            present.Limit, present.Remaining, free.Grant.ValidAt - now, present.ResetAfterTicks, free.Grant);
    }

    /// <summary>Whether others wait in line for this bucket's leases, so that a newcomer must not overtake them.</summary>
    private static bool IsBehindLine(Stripe stripe, string key, long permits) =>
        permits > 0 && stripe.Lines.Count > 0 && stripe.Lines.ContainsKey(key);

    private static LimiterDecision BehindLine(in LimiterDecision decision) => decision.IsAllowed
        ? LimiterDecision.Refused(decision.Limit, 0, Math.Max(1, decision.ResetAfterTicks), decision.ResetAfterTicks)
        : decision;

    private (LeaseLine Line, LinkedListNode<LeaseWaiter> Place) JoinLine(Stripe stripe, string key, long permits, long now)
    {
        if (!stripe.Lines.TryGetValue(key, out var line))
        {
            var timer = _context.Time.CreateTimer(
                _ => OnLineTimer(stripe, key), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            stripe.Lines[key] = line = new LeaseLine(timer);
        }

        var place = line.Waiters.AddLast(new LeaseWaiter(key, permits));
        PumpLine(stripe, key, now);
        return (line, place);
    }

    private async Task<BucketAnswer> WaitInLineAsync(
        (LeaseLine Line, LinkedListNode<LeaseWaiter> Place) joined,
        Stripe stripe,
        long deadline,
        CancellationToken cancellationToken)
    {
        var waiter = joined.Place.Value;
        using var lastCall = new Turn(_context.Time, _context.Clock, _ => RefuseInLine(joined, stripe));
        lastCall.MoveUp(deadline);
        lastCall.Start();
        using var registration = cancellationToken.UnsafeRegister(
            (_, token) => LeaveLine(joined, stripe, () => waiter.TryCancel(token)), null);
        return await waiter.Task.ConfigureAwait(false);
    }

    /// <summary>The deadline of a caller in line has come.</summary>
    private void RefuseInLine((LeaseLine Line, LinkedListNode<LeaseWaiter> Place) joined, Stripe stripe) =>
        LeaveLine(
            joined,
            stripe,
            () =>
            {
                var waiter = joined.Place.Value;
                waiter.TryComplete(Peek(waiter.Key, waiter.Permits, _context.Clock.Now, 0) is { IsStale: false } answer
                    ? new BucketAnswer(BehindLine(answer.Decision))
                    : BucketAnswer.Stale);
            });

    private void LeaveLine((LeaseLine Line, LinkedListNode<LeaseWaiter> Place) joined, Stripe stripe, Action complete)
    {
        using (stripe.Gate.Hold())
        {
            if (joined.Place.List is not null)
            {
                joined.Line.Waiters.Remove(joined.Place);
                complete();
                PumpLine(stripe, joined.Place.Value.Key, _context.Clock.Now);
            }
        }
    }

    private void OnLineTimer(Stripe stripe, string key)
    {
        using (stripe.Gate.Hold())
        {
            PumpLine(stripe, key, _context.Clock.Now);
        }
    }

    /// <summary>Serves the line in order, as far as leases are free, and sets the timer for the next that ends.</summary>
    private void PumpLine(Stripe stripe, string key, long now)
    {
        if (stripe.Lines.Count == 0 || !stripe.Lines.TryGetValue(key, out var line))
        {
            return;
        }

        while (line.Waiters.First is { } first)
        {
            var answer = TakeForLine(stripe, key, first.Value.Permits, now);
            if (answer.Error is null && !answer.Decision.IsAllowed && !answer.Decision.NeverFits)
            {
                line.Timer.Change(TimerDelay.Of(_context.Time, answer.Decision.RetryAfterTicks), Timeout.InfiniteTimeSpan);
                return;
            }

            line.Waiters.RemoveFirst();
            first.Value.TryComplete(answer);
        }

        line.Dispose();
        stripe.Lines.Remove(key);
    }

    private BucketAnswer TakeForLine(Stripe stripe, string key, long permits, long now)
    {
        var hash = BucketTable<TState>.HashOf(key);
        ref var state = ref stripe.Table.Find(key, hash);
        return Unsafe.IsNullRef(ref state)
            ? AcquireFirst(stripe, key, hash, permits, now, 0)
            : new(stripe.Limiter.Acquire(ref state, permits, now));
    }
}
