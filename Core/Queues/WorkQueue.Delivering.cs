using Throttle.Core.Time;

namespace Throttle.Core.Queues;

/// <content>Deliveries: when, and what becomes of them.</content>
public sealed partial class WorkQueue
{
    /// <summary>Begins the next attempt, where its turn has come. Its end is told by <see cref="End"/>.</summary>
    /// <param name="turns">Gives turns in place of those that were lost.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <returns>What to deliver; null when nothing is due, and <see cref="WakeAt"/> says when to ask again.</returns>
    public WorkItem? Next(ITurns turns, long now)
    {
        ArgumentNullException.ThrowIfNull(turns);
        WakeAt = Ticks.Never;
        DropExpired(now);
        if (_isDelivering)
        {
            return null;
        }

        while (_items.Count > 0)
        {
            if (TurnOfHead(turns, now) is not { } turn)
            {
                break;
            }

            if (turn <= _items[0].LatestTurn(_spec.MaxAgeTicks))
            {
                _turns.RemoveFirst();
                return Begin();
            }

            Expire(0, now);
        }

        GiveBackSurplus(turns, now);
        WakeForTheOldest();
        return null;
    }

    /// <summary>The attempt under way has ended.</summary>
    /// <param name="result">How.</param>
    /// <param name="attempts">How often work is tried, 1 or more.</param>
    /// <param name="backoffTicks">How long to wait before another attempt, in ticks.</param>
    /// <param name="now">The present instant in ticks.</param>
    /// <exception cref="InvalidOperationException">There is none under way.</exception>
    public void End(in WorkResult result, int attempts, long backoffTicks, long now)
    {
        if (!_isDelivering)
        {
            throw new InvalidOperationException("No attempt is under way.");
        }

        _isDelivering = false;
        var head = _items[0];
        if (result.Kind == WorkResultKind.Done)
        {
            Remove(0);
            Remember(head.Id, now);
            _counts.Delivered++;
        }
        else if (result.Kind == WorkResultKind.Retry && head.Attempts < attempts)
        {
            Replace(head with { NotBefore = Ticks.Add(now, backoffTicks), LastError = Cut(result.Reason) });
            _counts.Retried++;
        }
        else
        {
            Remove(0);
            Keep(head with { FailedAt = now, LastError = Cut(result.Reason), NotBefore = 0 }, now);
            _counts.Failed++;
        }
    }

    /// <summary>The attempt under way was broken off, by no fault of the work: it counts as never begun.</summary>
    public void Abandon()
    {
        if (_isDelivering)
        {
            _isDelivering = false;
            Replace(_items[0] with { Attempts = _items[0].Attempts - 1 });
        }
    }

    private static string? Cut(string? reason) => reason is { Length: > 500 } ? string.Concat(reason.AsSpan(0, 500), "…") : reason;

    private WorkItem Begin()
    {
        var head = _items[0] with { Attempts = _items[0].Attempts + 1 };
        Replace(head);
        _isDelivering = true;
        WakeForTheOldest();
        return head;
    }

    /// <summary>The turn that the first in line may use now; null where there is none yet, and <see cref="WakeAt"/> says when.</summary>
    private long? TurnOfHead(ITurns turns, long now)
    {
        if (_items[0].NotBefore > now)
        {
            WakeAt = _items[0].NotBefore;
            return null;
        }

        var wait = KeepTurns(turns, now);
        if (_turns.Count > 0 && _turns[0].ValidAt <= now)
        {
            return _turns[0].ValidAt;
        }

        WakeAt = _turns.Count > 0 ? _turns[0].ValidAt : Ticks.Add(now, wait);
        return null;
    }

    /// <summary>Loses turns that came too long ago, and takes others for whoever has none.</summary>
    /// <returns>How long until there is a turn to be had, where there is none.</returns>
    private long KeepTurns(ITurns turns, long now)
    {
        while (_turns.Count > 0 && Ticks.Add(_turns[0].ValidAt, _spec.IntervalTicks) < now)
        {
            _turns.RemoveFirst();
        }

        while (_turns.Count < Waiting)
        {
            var decision = turns.Take(now);
            if (!decision.IsAllowed)
            {
                return Math.Max(1, decision.RetryAfterTicks);
            }

            AddTurn(decision.Grant);
        }

        return 0;
    }

    /// <summary>What no turn can come for any more, because those that might have are lost by now.</summary>
    private void DropExpired(long now)
    {
        if (_spec.MaxAgeTicks is null)
        {
            return;
        }

        var first = _isDelivering ? 1 : 0;
        while (_items.Count > first && ExpiresAt(first) <= now)
        {
            Expire(first, now);
        }
    }

    private long ExpiresAt(int place) => Ticks.Add(Ticks.Add(_items[place].LatestTurn(_spec.MaxAgeTicks), _spec.IntervalTicks), 1);

    private void Expire(int place, long now)
    {
        var id = _items[place].Id;
        Remove(place);
        Remember(id, now);
        _counts.Expired++;
    }

    /// <summary>Items may become too old while nothing is delivered, or something else is.</summary>
    private void WakeForTheOldest()
    {
        if (Waiting > 0 && _spec.MaxAgeTicks is not null)
        {
            WakeAt = Math.Min(WakeAt, ExpiresAt(_isDelivering ? 1 : 0));
        }
    }
}
