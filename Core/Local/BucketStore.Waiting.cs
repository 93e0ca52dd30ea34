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
                lock (stripe.Gate)
                {
                    count += stripe.Lines.Values.Sum(line => line.Waiters.Count);
                    foreach (var list in stripe.Reservations.Values)
                    {
                        for (var i = 0; i < list.Count; i++)
                        {
                            count += list[i].Turn is null ? 0 : 1;
                        }
                    }
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
        BucketAnswer answer;
        Turn turn;
        lock (stripe.Gate)
        {
            answer = Acquire(stripe, key, hash, permits, now, maxWaitTicks, out var reservation);
            if (IsLeased && maxWaitTicks > 0 && answer.Error is null && !answer.IsStale && answer.Decision.RetryAfterTicks > 0)
            {
                return new(WaitInLineAsync(JoinLine(stripe, key, permits, now), stripe, maxWaitTicks, cancellationToken));
            }

            if (reservation is null)
            {
                return new(answer);
            }

            turn = new Turn(_context.Time, _context.Clock, reservation.ValidAt, _ => PassReservations(stripe, key))
            {
                Reservation = reservation,
            };
            reservation.Turn = turn;
        }

        return new(WaitForTurnAsync(turn, answer.Decision, stripe, key, hash, cancellationToken));
    }

    private async Task<BucketAnswer> WaitForTurnAsync(
        Turn turn, LimiterDecision decision, Stripe stripe, string key, int hash, CancellationToken cancellationToken)
    {
        turn.Start();
        await turn.WaitAsync(t => GiveBack(t, stripe, key, hash), cancellationToken).ConfigureAwait(false);
        return new(decision.AtItsTurn(turn.DueAt));
    }

    private void PassReservations(Stripe stripe, string key)
    {
        lock (stripe.Gate)
        {
            if (stripe.Reservations.TryGetValue(key, out var list))
            {
                list.Pass(_context.Clock.Now);
                DropIfEmpty(stripe, key, list);
            }
        }
    }

    /// <summary>A waiter was cancelled: those behind it move up, and what the last of them leaves is given back.</summary>
    private void GiveBack(Turn turn, Stripe stripe, string key, int hash)
    {
        lock (stripe.Gate)
        {
            ref var state = ref stripe.Table.Find(key, hash);
            if (Unsafe.IsNullRef(ref state) || turn.Reservation is not { } reservation)
            {
                return;
            }

            var now = _context.Clock.Now;
            if (stripe.Reservations.TryGetValue(key, out var list) && list.PlaceOf(reservation) is >= 0 and var place)
            {
                Free(stripe, key, list, place, ref state, now);
            }
            else
            {
                stripe.Limiter.Return(ref state, new Grant(reservation.Permits, reservation.ValidAt), now);
            }

            ForgetIfNew(stripe, key, hash, now);
        }
    }

    private static void Free(Stripe stripe, string key, ReservationList list, int place, ref TState state, long now)
    {
        list.Free(place);
        for (var i = list.Count - 1; i >= 0; i--)
        {
            var reservation = list[i];
            if (reservation.IsReturned
                && stripe.Limiter.Return(ref state, new Grant(reservation.Permits, reservation.ValidAt), now))
            {
                list.RemoveAt(i);
            }
        }

        DropIfEmpty(stripe, key, list);
    }

    private static void DropIfEmpty(Stripe stripe, string key, ReservationList list)
    {
        if (list.Count == 0)
        {
            stripe.Reservations.Remove(key);
        }
    }

    private static Reservation? Reserve(Stripe stripe, string key, in LimiterDecision decision)
    {
        if (decision.DelayTicks == 0)
        {
            return null;
        }

        var reservation = new Reservation(decision.Grant.ValidAt, decision.Grant.Permits);
        if (!stripe.Reservations.TryGetValue(key, out var list))
        {
            stripe.Reservations[key] = list = new();
        }

        list.Add(reservation);
        return reservation;
    }

    /// <summary>Takes a place that somebody gave back while others were behind it.</summary>
    private static LimiterDecision? TakeFreePlace(
        Stripe stripe, string key, ref TState state, long permits, long now, long maxWaitTicks, out Reservation? reservation)
    {
        reservation = null;
        if (!stripe.Reservations.TryGetValue(key, out var list))
        {
            return null;
        }

        list.Pass(now);
        reservation = list.TakeFree(permits, Ticks.Add(now, maxWaitTicks));
        if (reservation is null)
        {
            DropIfEmpty(stripe, key, list);
            return null;
        }

        var present = stripe.Limiter.Peek(state, 0, now);
        return LimiterDecision.Allowed(
            present.Limit, present.Remaining, reservation.ValidAt - now, present.ResetAfterTicks, new Grant(permits, reservation.ValidAt));
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
        long maxWaitTicks,
        CancellationToken cancellationToken)
    {
        var waiter = joined.Place.Value;
        var timer = _context.Time.CreateTimer(
            _ => RefuseInLine(joined, stripe), null, TimerDelay.Of(_context.Time, maxWaitTicks), Timeout.InfiniteTimeSpan);
        using (timer)
        {
            using var registration = cancellationToken.UnsafeRegister(
                (_, token) => LeaveLine(joined, stripe, () => waiter.TryCancel(token)), null);
            return await waiter.Task.ConfigureAwait(false);
        }
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
        lock (stripe.Gate)
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
        lock (stripe.Gate)
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
            ? AcquireFirst(stripe, key, hash, permits, now, 0, out _)
            : new(stripe.Limiter.Acquire(ref state, permits, now));
    }
}
