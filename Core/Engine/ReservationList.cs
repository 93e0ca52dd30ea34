using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <summary>The reservations of one bucket whose instants have not come, by instant. Whoever holds the bucket holds it too.</summary>
internal sealed class ReservationList<TState>
    where TState : struct
{
    private Ring<Reservation<TState>> _items;

    // Whether a place may be free: newcomers look for one only then, and not at all while nobody gives anything back.
    private bool _mayHaveFree;

    public int Count => _items.Count;

    public int WaiterCount
    {
        get
        {
            var count = 0;
            for (var i = 0; i < _items.Count; i++)
            {
                count += _items[i].Turn is null ? 0 : 1;
            }

            return count;
        }
    }

    /// <summary>The first instant that somebody waits for here; <see cref="Ticks.Never"/> when nobody does.</summary>
    public long NextTurnAt => _items.FindIndex(r => r.Turn is not null) is >= 0 and var place ? _items[place].Grant.ValidAt : Ticks.Never;

    /// <summary>
    /// Takes from a bucket on behalf of somebody who may wait, and remembers a grant for later. The list is made where there is
    /// something to remember, and null where there is not.
    /// </summary>
    /// <param name="list">The bucket's reservations.</param>
    /// <param name="state">The bucket.</param>
    /// <param name="limiter">Its limiter.</param>
    /// <param name="permits">What is asked for.</param>
    /// <param name="now">The present instant.</param>
    /// <param name="maxWaitTicks">The longest acceptable wait.</param>
    /// <param name="turn">Who will wait here if permits are granted for later; null when the caller waits elsewhere.</param>
    public static LimiterDecision Reserve(
        ref ReservationList<TState>? list,
        ref TState state,
        ILimiter<TState> limiter,
        long permits,
        long now,
        long maxWaitTicks,
        GrantedTurn? turn)
    {
        if (list is not null)
        {
            list.Pass(now);
            if (permits > 0 && list.TakeFree(permits, Ticks.Add(now, maxWaitTicks)) is { } free)
            {
                return TakeOver(free, state, limiter, now, turn);
            }

            list = list.Count > 0 ? list : null;
        }

        var before = limiter.Copy(state);
        var decision = limiter.Acquire(ref state, permits, now, maxWaitTicks);
        if (decision.DelayTicks > 0)
        {
            turn?.MoveUp(decision.Grant.ValidAt);
            list ??= new();
            list.Add(new(decision.Grant, before, turn));
        }

        return decision;
    }

    /// <summary>Gives a grant back, whether or not its instant has come.</summary>
    /// <returns>Whether it was still worth giving back.</returns>
    public bool Return(in Grant grant, ref TState state, ILimiter<TState> limiter, long now)
    {
        Pass(now);
        if (grant.ValidAt > now && PlaceOf(grant) is >= 0 and var place)
        {
            Free(place, ref state, limiter, now);
            return true;
        }

        var isReturned = limiter.Return(ref state, grant, now);
        if (isReturned)
        {
            ForgetBefore();
        }

        return isReturned;
    }

    /// <summary>Somebody who waited here has left; the place is given back.</summary>
    /// <returns>Whether there was one: after a reset nothing is known of it.</returns>
    public bool Leave(GrantedTurn turn, ref TState state, ILimiter<TState> limiter, long now)
    {
        var place = _items.FindIndex(r => r.Turn == turn);
        if (place >= 0)
        {
            Free(place, ref state, limiter, now);
        }

        return place >= 0;
    }

    /// <summary>Those who wait here, by instant.</summary>
    public IEnumerable<GrantedTurn> Turns()
    {
        for (var i = 0; i < _items.Count; i++)
        {
            if (_items[i].Turn is { } turn)
            {
                yield return turn;
            }
        }
    }

    /// <summary>Whether somebody waits here, or there is a place to come that somebody holds or may take.</summary>
    public bool HasAny(long now) => _items.FindIndex(r => r.Turn is not null || r.Grant.ValidAt > now) >= 0;

    private void Add(Reservation<TState> reservation)
    {
        var place = _items.Count;
        while (place > 0 && _items[place - 1].Grant.ValidAt > reservation.Grant.ValidAt)
        {
            place--;
        }

        _items.Insert(place, reservation);
    }

    /// <summary>Drops what has come by <paramref name="now"/>, completing its turns in order.</summary>
    public void Pass(long now)
    {
        while (_items.Count > 0 && _items[0].Grant.ValidAt <= now)
        {
            _items[0].Turn?.TryComplete();
            _items.RemoveFirst();
        }
    }

    /// <summary>The place of a reservation whose holder waits elsewhere, or -1.</summary>
    private int PlaceOf(Grant grant) => _items.FindIndex(
        r => r.Turn is null && !r.IsReturned && r.Grant.ValidAt == grant.ValidAt && r.Grant.Permits == grant.Permits);

    /// <summary>Takes a place of so many permits that was given back, not later than <paramref name="latest"/>; null when there is none.</summary>
    private Reservation<TState>? TakeFree(long permits, long latest)
    {
        if (!_mayHaveFree)
        {
            return null;
        }

        _mayHaveFree = false;
        for (var i = 0; i < _items.Count; i++)
        {
            var item = _items[i];
            _mayHaveFree |= item.IsReturned;
            if (item.IsReturned && item.Grant.Permits == permits && item.Grant.ValidAt <= latest)
            {
                item.IsReturned = false;
                return item;
            }
        }

        return null;
    }

    /// <summary>
    /// The bucket goes on under other numbers. Those who hold an instant keep it; places that were given back are not offered
    /// any more. A bucket made new knows nothing of what was reserved before: who waits is served by its timer.
    /// </summary>
    public void CarryOver(OnChange onChange, long now)
    {
        Pass(now);
        var kept = default(Ring<Reservation<TState>>);
        for (var i = 0; i < _items.Count && onChange != OnChange.Reset; i++)
        {
            var reservation = _items[i];
            if (!reservation.IsReturned)
            {
                reservation.IsFixed = true;
                reservation.IsBeforeValid = false;
                reservation.IsWhole &= onChange != OnChange.Proportional;
                kept.Add(reservation);
            }
        }

        (_items, _mayHaveFree) = (kept, false);
    }

    /// <summary>
    /// Gives a place back. Where all behind it wait here, they are served anew without it, and no permit is lost. Where some
    /// wait elsewhere and rely on their instants, or were granted them under other numbers, those here move up into places of
    /// their size; what stays free can be taken by newcomers until its instant, and goes back to the bucket once nothing is
    /// behind it.
    /// </summary>
    private void Free(int place, ref TState state, ILimiter<TState> limiter, long now)
    {
        _items[place].IsReturned = true;
        _items[place].Turn = null;
        _mayHaveFree = true;
        if (_items.FindIndex(r => (r.Turn is null && !r.IsReturned) || r.IsFixed, place) < 0)
        {
            ServeAnew(place, ref state, limiter, now);
        }
        else
        {
            MoveUp(place);
        }

        TakeBack(ref state, limiter, now);
    }

    /// <summary>Something was given back, or charged, that the reservations from a place on were made on top of.</summary>
    public void ForgetBefore(int place = 0)
    {
        for (var i = place; i < _items.Count; i++)
        {
            _items[i].IsBeforeValid = false;
        }
    }

    private static LimiterDecision TakeOver(
        Reservation<TState> free, in TState state, ILimiter<TState> limiter, long now, GrantedTurn? turn)
    {
        free.Turn = turn;
        turn?.MoveUp(free.Grant.ValidAt);
        var present = limiter.Peek(state, 0, now);
        return LimiterDecision.Allowed(
            present.Limit, present.Remaining, free.Grant.ValidAt - now, present.ResetAfterTicks, free.Grant);
    }

    private void ServeAnew(int place, ref TState state, ILimiter<TState> limiter, long now)
    {
        var waiting = new Stack<Reservation<TState>>();
        for (var i = _items.Count - 1; i >= place; i--)
        {
            if (_items[i].Turn is not null)
            {
                waiting.Push(_items[i]);
            }

            Undo(_items[i], isNewest: true, ref state, limiter, now);
            _items.RemoveAt(i);
        }

        foreach (var waiter in waiting)
        {
            var before = limiter.Copy(state);
            var decision = limiter.Acquire(ref state, waiter.Grant.Permits, now, Ticks.Never);

            // What could not be undone may leave no room for it. It keeps what it was told all the same.
            var isAnew = decision.IsAllowed && decision.Grant.ValidAt <= waiter.Grant.ValidAt;
            var grant = isAnew ? decision.Grant : waiter.Grant;
            if (grant.ValidAt <= now)
            {
                waiter.Turn!.CompleteAt(grant.ValidAt);
            }
            else
            {
                waiter.Turn!.MoveUp(grant.ValidAt);
                Add(new(grant, before, waiter.Turn) { IsFixed = !isAnew, IsWhole = isAnew });
            }
        }
    }

    private static bool Undo(Reservation<TState> item, bool isNewest, ref TState state, ILimiter<TState> limiter, long now) =>
        isNewest && item.IsBeforeValid
            ? limiter.UndoNewest(ref state, item.Before, item.Grant, now)
            : limiter.Return(ref state, item.Grant, now);

    private void MoveUp(int place)
    {
        for (var i = place + 1; i < _items.Count; i++)
        {
            var (free, waiting) = (_items[place], _items[i]);
            if (waiting.Turn is { } turn && waiting.Grant.Permits == free.Grant.Permits)
            {
                (free.Turn, free.IsReturned) = (turn, false);
                (waiting.Turn, waiting.IsReturned) = (null, true);
                turn.MoveUp(free.Grant.ValidAt);
                place = i;
            }
        }
    }

    private void TakeBack(ref TState state, ILimiter<TState> limiter, long now)
    {
        var isNewest = true;
        for (var i = _items.Count - 1; i >= 0; i--)
        {
            if (!_items[i].IsReturned || !_items[i].IsWhole || !Undo(_items[i], isNewest, ref state, limiter, now))
            {
                isNewest = false;
                continue;
            }

            _items.RemoveAt(i);
            ForgetBefore(i);
        }
    }
}
