namespace Throttle.Core.Local;

/// <summary>The reservations of one bucket whose instants have not come, by instant. Its stripe's lock guards it.</summary>
internal sealed class ReservationList
{
    private readonly List<Reservation> _items = [];

    public int Count => _items.Count;

    public Reservation this[int index] => _items[index];

    public void Add(Reservation reservation)
    {
        var place = _items.Count;
        while (place > 0 && _items[place - 1].ValidAt > reservation.ValidAt)
        {
            place--;
        }

        _items.Insert(place, reservation);
    }

    public void RemoveAt(int index) => _items.RemoveAt(index);

    /// <summary>Drops what has come by <paramref name="now"/>, completing its turns in order.</summary>
    public void Pass(long now)
    {
        var passed = 0;
        while (passed < _items.Count && _items[passed].ValidAt <= now)
        {
            _items[passed].Turn?.TryComplete();
            passed++;
        }

        _items.RemoveRange(0, passed);
    }

    /// <summary>The place of a grant held elsewhere, or -1.</summary>
    public int PlaceOfUnwatched(long validAt, long permits) =>
        _items.FindIndex(r => r.ValidAt == validAt && r.Turn is null && !r.IsReturned && r.Permits >= permits);

    public int PlaceOf(Reservation reservation) => _items.IndexOf(reservation);

    /// <summary>Splits what is beyond <paramref name="permits"/> off a reservation, behind it.</summary>
    public void Split(int index, long permits)
    {
        var whole = _items[index];
        if (whole.Permits > permits)
        {
            _items.Insert(index + 1, new(whole.ValidAt, whole.Permits - permits) { IsReturned = whole.IsReturned });
            whole.Permits = permits;
        }
    }

    /// <summary>
    /// Frees a place: those who wait here behind it move up, in order, each into the place before that it fits. What stays
    /// free is then as late as can be.
    /// </summary>
    public void Free(int index)
    {
        _items[index].IsReturned = true;
        _items[index].Turn = null;
        var free = index;
        for (var i = index + 1; i < _items.Count; i++)
        {
            var waiting = _items[i];
            if (waiting.Turn is null || waiting.Permits > _items[free].Permits)
            {
                continue;
            }

            Split(free, waiting.Permits);
            i = _items.IndexOf(waiting);
            var place = _items[free];
            (place.Turn, place.IsReturned) = (waiting.Turn, false);
            place.Turn.MoveUp(place);
            (waiting.Turn, waiting.IsReturned) = (null, true);
            free = i;
        }
    }

    /// <summary>A free place for a newcomer not later than <paramref name="latest"/>, taken; or null.</summary>
    public Reservation? TakeFree(long permits, long latest)
    {
        var place = _items.FindIndex(r => r.IsReturned && r.Permits >= permits && r.ValidAt <= latest);
        if (place < 0)
        {
            return null;
        }

        Split(place, permits);
        _items[place].IsReturned = false;
        return _items[place];
    }
}
