using System.Diagnostics;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>The reservations of one bucket whose instants have not come, by instant. Its stripe's lock guards it.</summary>
internal sealed class ReservationList<TState>
    where TState : struct
{
    private readonly List<Reservation<TState>> _items = [];

    public int Count => _items.Count;

    public int WaiterCount => _items.Count(r => r.Turn is not null);

    public void Add(Reservation<TState> reservation)
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
        var passed = 0;
        while (passed < _items.Count && _items[passed].Grant.ValidAt <= now)
        {
            _items[passed].Turn?.TryComplete();
            passed++;
        }

        _items.RemoveRange(0, passed);
    }

    /// <summary>The place of a reservation that somebody waits for here, or -1.</summary>
    public int PlaceOf(Turn turn) => _items.FindIndex(r => r.Turn == turn);

    /// <summary>The place of a reservation whose holder waits elsewhere, or -1.</summary>
    public int PlaceOf(Grant grant) => _items.FindIndex(
        r => r.Turn is null && !r.IsReturned && r.Grant.ValidAt == grant.ValidAt && r.Grant.Permits == grant.Permits);

    /// <summary>Takes a place of so many permits that was given back, not later than <paramref name="latest"/>; null when there is none.</summary>
    public Reservation<TState>? TakeFree(long permits, long latest)
    {
        var free = _items.Find(r => r.IsReturned && r.Grant.Permits == permits && r.Grant.ValidAt <= latest);
        if (free is not null)
        {
            free.IsReturned = false;
        }

        return free;
    }

    /// <summary>Carries the kept states over to other numbers.</summary>
    public void CarryOver(ILimiter<TState> from, ILimiter<TState> to, OnChange onChange, long now)
    {
        foreach (var reservation in _items)
        {
            reservation.Before = to.CarryOver(reservation.Before, from, onChange, now);
        }
    }

    /// <summary>
    /// Gives a place back. Where all behind it wait here, they are served anew without it, and no permit is lost. Where some
    /// wait elsewhere and rely on their instants, those here move up into places of their size; what stays free can be taken
    /// by newcomers until its instant, and goes back to the bucket once nothing is behind it.
    /// </summary>
    public void Free(int place, ref TState state, ILimiter<TState> limiter, long now)
    {
        _items[place].IsReturned = true;
        _items[place].Turn = null;
        if (_items.FindIndex(place, r => r.Turn is null && !r.IsReturned) < 0)
        {
            ServeAnew(place, ref state, limiter, now);
        }
        else
        {
            MoveUp(place);
        }

        TakeBack(ref state, limiter, now);
    }

    private void ServeAnew(int place, ref TState state, ILimiter<TState> limiter, long now)
    {
        var waiting = _items.Skip(place).Where(r => r.Turn is not null).ToArray();
        for (var i = _items.Count - 1; i >= place; i--)
        {
            limiter.UndoNewest(ref state, _items[i].Before, _items[i].Grant, now);
            _items.RemoveAt(i);
        }

        foreach (var waiter in waiting)
        {
            var before = limiter.Copy(state);
            var decision = limiter.Acquire(ref state, waiter.Grant.Permits, now, Ticks.Never);
            Debug.Assert(decision.IsAllowed, "What fitted behind others fits without them.");
            waiter.Turn!.MoveUp(decision.Grant.ValidAt);
            if (decision.DelayTicks == 0)
            {
                waiter.Turn.TryComplete();
            }
            else
            {
                Add(new(decision.Grant, before, waiter.Turn));
            }
        }
    }

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
            var item = _items[i];
            isNewest &= item.IsReturned;
            if (item.IsReturned && (isNewest
                ? limiter.UndoNewest(ref state, item.Before, item.Grant, now)
                : limiter.Return(ref state, item.Grant, now)))
            {
                _items.RemoveAt(i);
            }
        }
    }
}
