using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <summary>Turns whose bucket was made new, or became another, since they were granted: they keep their instants.</summary>
internal sealed class TurnQueue
{
    private Ring<GrantedTurn> _turns;

    public int Count => _turns.Count;

    /// <summary>The first instant; <see cref="Ticks.Never"/> when there is none.</summary>
    public long NextTurnAt => _turns.Count > 0 ? _turns[0].DueAt : Ticks.Never;

    public void Add(GrantedTurn turn)
    {
        var place = _turns.Count;
        while (place > 0 && _turns[place - 1].DueAt > turn.DueAt)
        {
            place--;
        }

        _turns.Insert(place, turn);
    }

    /// <summary>Completes what has come by <paramref name="now"/>, in order.</summary>
    public void Pass(long now)
    {
        while (_turns.Count > 0 && _turns[0].DueAt <= now)
        {
            _turns[0].TryComplete();
            _turns.RemoveFirst();
        }
    }

    /// <summary>A turn has left: nothing is given back, its bucket knows nothing of it.</summary>
    public bool Remove(GrantedTurn turn)
    {
        var place = _turns.FindIndex(t => t == turn);
        if (place >= 0)
        {
            _turns.RemoveAt(place);
        }

        return place >= 0;
    }
}
