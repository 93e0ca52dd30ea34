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
                    count += stripe.Lines.Values.Sum(line => line.Count);
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
        (Line Line, BucketWaiter Waiter)? joined = null;
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
                var waiter = new BucketWaiter(permits, Ticks.Add(now, maxWaitTicks));
                joined = (JoinLine(stripe, key, waiter, now), waiter);
            }
        }

        // Not under the stripe's lock: unregistering waits for a cancellation that is under way, which takes that lock.
        return joined is { } inLine ? new(WaitInLineAsync(inLine.Line, inLine.Waiter, stripe, cancellationToken))
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
                && list.Leave(turn, ref state, stripe.Limiter, now))
            {
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

    private static LimiterDecision Reserve(
        Stripe stripe, string key, ref TState state, long permits, long now, long maxWaitTicks, GrantedTurn? turn)
    {
        stripe.Reservations.TryGetValue(key, out var before);
        var list = before;
        var decision = ReservationList<TState>.Reserve(ref list, ref state, stripe.Limiter, permits, now, maxWaitTicks, turn);
        if (list is null && before is not null)
        {
            stripe.Reservations.Remove(key);
        }
        else if (list is not null && !ReferenceEquals(list, before))
        {
            stripe.Reservations[key] = list;
        }

        return decision;
    }

    /// <summary>Whether others wait in line for this bucket's leases, so that a newcomer must not overtake them.</summary>
    private static bool IsBehindLine(Stripe stripe, string key, long permits) =>
        permits > 0 && stripe.Lines.Count > 0 && stripe.Lines.ContainsKey(key);

    private Line JoinLine(Stripe stripe, string key, BucketWaiter waiter, long now)
    {
        if (!stripe.Lines.TryGetValue(key, out var line))
        {
            stripe.Lines[key] = line = new(this, stripe, key);
        }

        line.Join(waiter, now);
        return line;
    }

    private async Task<BucketAnswer> WaitInLineAsync(
        Line line, BucketWaiter waiter, Stripe stripe, CancellationToken cancellationToken)
    {
        using var lastCall = new Turn(_context.Time, _context.Clock, _ => RefuseLate(line, stripe));
        lastCall.MoveUp(waiter.DeadlineAt);
        lastCall.Start();
        using var registration = cancellationToken.UnsafeRegister((_, token) => LeaveLine(line, waiter, stripe, token), null);
        return await waiter.Task.ConfigureAwait(false);
    }

    /// <summary>The deadline of a caller in line has come.</summary>
    private void RefuseLate(Line line, Stripe stripe)
    {
        using (stripe.Gate.Hold())
        {
            line.RefuseLate(_context.Clock.Now);
        }
    }

    private void LeaveLine(Line line, BucketWaiter waiter, Stripe stripe, CancellationToken token)
    {
        using (stripe.Gate.Hold())
        {
            if (line.TryLeave(waiter, _context.Clock.Now))
            {
                waiter.TryCancel(token);
            }
        }
    }

    /// <summary>Serves the line in order, as far as leases are free.</summary>
    private static void ServeLine(Stripe stripe, string key, long now)
    {
        if (stripe.Lines.Count > 0 && stripe.Lines.TryGetValue(key, out var line))
        {
            line.Serve(now);
        }
    }
}
