using System.Diagnostics;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Queues;

/// <summary>
/// The work of one key: in line, being delivered, failed for good, and the ids that were seen. It has no clock, no timer and no
/// lock: its owner gives it one call at a time, and asks <see cref="Next"/> when <see cref="WakeAt"/> has come, or an attempt has ended.
/// </summary>
/// <remarks>
/// <para><b>Order.</b> Items are delivered in the order they came, one at a time. One that failed keeps its place: those behind it
/// wait until it is done, or has failed for good.</para>
/// <para><b>Turns</b> come from the bucket, one for each attempt, and belong to nobody by name: whoever is first takes the first.
/// One that is used later than a drain interval after its instant would let the rate be exceeded, so it is lost, and another
/// taken. Delivered in any interval of length T are thus at most drain × T + 2: one more than turns lie in it.</para>
/// <para><b>Ids</b> are known while their work is here, and afterwards for as long as <see cref="WorkLimits"/> says.</para>
/// </remarks>
public sealed partial class WorkQueue
{
    private readonly Dictionary<string, WorkReceipt> _known = new(StringComparer.Ordinal);
    private Ring<WorkItem> _items;
    private Ring<Grant> _turns;
    private Ring<WorkItem> _failed;
    private Ring<EndedWork> _ended;
    private QueueSpec _spec;
    private WorkCounts _counts;
    private bool _isDelivering;

    /// <summary>An empty queue.</summary>
    public WorkQueue(QueueSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        _spec = spec;
    }

    /// <summary>Items in line, the one that is being delivered included.</summary>
    public int Length => _items.Count;

    /// <summary>What they count for in <see cref="WorkLimits.MaxBytes"/>.</summary>
    public long Bytes { get; private set; }

    /// <summary>Items that failed for good and are kept.</summary>
    public int FailedCount => _failed.Count;

    /// <summary>What these count for in <see cref="WorkLimits.MaxFailedBytes"/>.</summary>
    public long FailedBytes { get; private set; }

    /// <summary>
    /// The instant at which <see cref="Next"/> may have something to do, as of its last call; <see cref="Ticks.Never"/> where the end
    /// of an attempt, or new work, comes first.
    /// </summary>
    public long WakeAt { get; private set; } = Ticks.Never;

    /// <summary>Whether an attempt is under way.</summary>
    public bool IsDelivering => _isDelivering;

    private int Waiting => _items.Count - (_isDelivering ? 1 : 0);

    /// <summary>Puts work in line.</summary>
    /// <param name="work">What was checked by <see cref="Work.Check"/>.</param>
    /// <param name="turns">Gives it its turn.</param>
    /// <param name="now">The present instant in ticks.</param>
    public WorkAnswer Enqueue(in Work work, ITurns turns, long now)
    {
        ArgumentNullException.ThrowIfNull(turns);
        Forget(now);
        if (_known.TryGetValue(work.Id, out var receipt))
        {
            return WorkAnswer.Known(receipt);
        }

        var item = new WorkItem { Id = work.Id, Payload = work.Payload, ContentType = work.ContentType, TraceParent = work.TraceParent, EnqueuedAt = now };
        if (Join(item, turns, now, out var full) is not { } joined)
        {
            return full;
        }

        _known.Add(joined.Id, joined.Receipt);
        return WorkAnswer.Queued(joined.Receipt);
    }

    /// <summary>Goes on under other numbers. Turns that were given stay; what is more than the new capacity stays, too.</summary>
    public void Change(QueueSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        _spec = spec;
    }

    /// <summary>Takes an item out of the line; those behind it move up.</summary>
    public WorkEdit Cancel(string id, ITurns turns, long now)
    {
        var place = _items.FindIndex(item => string.Equals(item.Id, id, StringComparison.Ordinal));
        if (place < 0)
        {
            return WorkEdit.Unknown;
        }

        if (place == 0 && _isDelivering)
        {
            return WorkEdit.BeingDelivered;
        }

        _known.Remove(id);
        Remove(place);
        _counts.Cancelled++;
        GiveBackSurplus(turns, now);
        return WorkEdit.Done;
    }

    /// <summary>The queue as it is now.</summary>
    public WorkStatus Inspect(long now)
    {
        var head = _items.Count > 0 ? _items[0] : null;
        return new()
        {
            Length = _items.Count,
            Bytes = Bytes,
            HeadAgeTicks = head is null ? 0 : Math.Max(0, now - head.EnqueuedAt),
            HeadId = head?.Id,
            HeadAttempts = head?.Attempts ?? 0,
            HeadError = head?.LastError,
            IsDelivering = _isDelivering,
            NextTurnTicks = head is null || _isDelivering ? null : Math.Max(0, HeadGoesAt(now) - now),
            Failed = _failed.Count,
        };
    }

    /// <summary>What happened since this was last asked.</summary>
    public WorkCounts TakeCounts()
    {
        var counts = _counts;
        _counts = default;
        return counts;
    }

    /// <summary>Whether nothing is here to be kept, remembered ids included.</summary>
    public bool IsEmpty(long now)
    {
        Forget(now);
        return _items.Count == 0 && _failed.Count == 0 && _ended.Count == 0;
    }

    /// <summary>Puts an item at the end of the line, where there is room.</summary>
    private WorkItem? Join(WorkItem item, ITurns turns, long now, out WorkAnswer full)
    {
        if (FullReason(item) is { } reason)
        {
            var first = _isDelivering ? _spec.IntervalTicks : HeadGoesAt(now) - now;
            _counts.Refused++;
            full = WorkAnswer.Full(reason, Math.Max(1, Math.Max(first, turns.Peek(now).RetryAfterTicks)));
            return null;
        }

        var decision = turns.Take(now);
        if (!decision.IsAllowed)
        {
            _counts.Refused++;
            full = WorkAnswer.Full(
                _spec.MaxAgeTicks is null ? "The line is full." : "The line is full, or the turn would come after the oldest age.",
                Math.Max(1, decision.RetryAfterTicks));
            return null;
        }

        AddTurn(decision.Grant);
        item = item with { DueAt = LastTurn(Waiting + 1, now) };
        _items.Add(item);
        Bytes += item.Bytes;
        _counts.Queued++;
        full = default;
        return item;
    }

    private string? FullReason(WorkItem item)
    {
        var most = Math.Min(_spec.Capacity, WorkLimits.MaxItems);
        return _items.Count >= most ? $"There are {_items.Count} items in line; at most {most} may be."
            : Bytes + item.Bytes > WorkLimits.MaxBytes ? $"The items in line have {Bytes} bytes, and this one {item.Bytes}; at most {WorkLimits.MaxBytes} may be."
            : null;
    }

    /// <summary>The turn of the last of so many that wait. Turns that are missing still follow those that are there.</summary>
    private long LastTurn(int waiting, long now)
    {
        var last = Math.Max(_turns.Count > 0 ? _turns[_turns.Count - 1].ValidAt : now, HeadBlockedUntil(now));
        return Ticks.Saturate(last + ((Int128)Math.Max(0, waiting - _turns.Count) * _spec.IntervalTicks));
    }

    private long HeadBlockedUntil(long now) => _items.Count > 0 ? Math.Max(now, _items[0].NotBefore) : now;

    private long HeadGoesAt(long now) =>
        Math.Max(_items.Count > 0 ? _items[0].NotBefore : now, _turns.Count > 0 ? _turns[0].ValidAt : now);

    private void AddTurn(in Grant turn)
    {
        // A place that somebody left may come before turns that were given earlier.
        var place = _turns.Count;
        while (place > 0 && _turns[place - 1].ValidAt > turn.ValidAt)
        {
            place--;
        }

        _turns.Insert(place, turn);
    }

    private void Remove(int place)
    {
        Bytes -= _items[place].Bytes;
        if (place == 0)
        {
            _items.RemoveFirst();
        }
        else
        {
            _items.RemoveAt(place);
        }
    }

    private void Replace(WorkItem head)
    {
        Bytes += head.Bytes - _items[0].Bytes;
        _items[0] = head;
    }

    /// <summary>The newest turns go first: what was given after nobody else's can be taken back exactly.</summary>
    private void GiveBackSurplus(ITurns turns, long now)
    {
        while (_turns.Count > Waiting)
        {
            turns.GiveBack(_turns[_turns.Count - 1], now);
            _turns.RemoveAt(_turns.Count - 1);
        }
    }

    private void Remember(string id, long now)
    {
        Debug.Assert(_known.ContainsKey(id), "Its work was here.");
        _ended.Add(new(id, now));
        Forget(now);
    }

    private void Forget(long now)
    {
        while (_ended.Count > 0 && (_ended.Count > WorkLimits.MaxRemembered || Ticks.Add(_ended[0].EndedAt, WorkLimits.RememberedTicks) <= now))
        {
            _known.Remove(_ended[0].Id);
            _ended.RemoveFirst();
        }
    }

    /// <summary>An id whose work has ended.</summary>
    private readonly record struct EndedWork(string Id, long EndedAt);
}
