using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <content>Those who wait for it.</content>
internal sealed partial class BucketOf<TState> : ILeases
{
    // Null while there is nobody: most buckets never have anybody.
    private Queues? _queues;

    public override int WaiterCount => _queues is null
        ? 0
        : (_queues.Kept?.Count ?? 0) + (_queues.Reservations?.WaiterCount ?? 0) + (_queues.Line?.Count ?? 0);

    public override long NextDueAt => _queues is null
        ? Ticks.Never
        : Math.Min(
            Math.Min(_queues.Kept?.NextTurnAt ?? Ticks.Never, _queues.Reservations?.NextTurnAt ?? Ticks.Never),
            Math.Min(_queues.Line?.NextLeaseAt ?? Ticks.Never, _queues.Line?.NextDeadlineAt ?? Ticks.Never));

    public override BucketWaiter Wait(long permits, long now, long maxWaitTicks)
    {
        var waiter = new BucketWaiter(permits, Ticks.Add(now, Math.Max(0, maxWaitTicks)));
        var decision = Acquire(permits, now, maxWaitTicks, waiter.Turn);
        waiter.Decision = decision;
        if (IsLeased && maxWaitTicks > 0 && decision.RetryAfterTicks > 0)
        {
            _queues ??= new();
            _queues.Line ??= new(this);
            _queues.Line.Join(waiter, now);
            DropQueues();
        }
        else if (!decision.IsAllowed)
        {
            waiter.TryComplete(new(decision));
        }
        else if (decision.DelayTicks == 0)
        {
            waiter.Turn.CompleteAt(decision.Grant.ValidAt);
        }

        return waiter;
    }

    public override bool Leave(BucketWaiter waiter, long now)
    {
        ArgumentNullException.ThrowIfNull(waiter);
        PassTurns(now);
        var hasLeft = !waiter.Task.IsCompleted
            && (waiter.IsInLine ? _queues?.Line?.TryLeave(waiter) == true : waiter.Turn.TryLeave(now));
        if (hasLeft)
        {
            waiter.TryCancel();
            if (!waiter.IsInLine && _queues?.Kept?.Remove(waiter.Turn) != true)
            {
                _queues?.Reservations?.Leave(waiter.Turn, ref _state, Limiter, now);
            }
        }

        Settle(now);
        return hasLeft;
    }

    public override void Serve(long now)
    {
        PassTurns(now);
        _queues?.Line?.Serve(now);
        _queues?.Line?.RefuseLate(now);
        DropQueues();
    }

    BucketAnswer ILeases.Take(long permits, long now) => new(Limiter.Acquire(ref _state, permits, now));

    LimiterDecision ILeases.Peek(long permits, long now) => Limiter.Peek(_state, permits, now);

    /// <summary>Whether others stand in line, so that a newcomer must not overtake them.</summary>
    private bool IsBehindLine(long permits) => permits > 0 && _queues?.Line is not null;

    private void PassTurns(long now)
    {
        _queues?.Kept?.Pass(now);
        _queues?.Reservations?.Pass(now);
    }

    /// <summary>Something was given back, or the numbers are others: those in line may have leases.</summary>
    private void Settle(long now)
    {
        if (_queues is not null)
        {
            _queues.Line?.Serve(now);
            DropQueues();
        }
    }

    /// <summary>The bucket is made new, and knows nothing of what was reserved; who waits for an instant keeps it.</summary>
    private void ForgetReservations(long now)
    {
        if (_queues is not null)
        {
            _queues.Kept = KeepTurns(now);
            _queues.Reservations = null;
        }
    }

    /// <summary>All who wait for an instant; null when there is nobody.</summary>
    private TurnQueue? KeepTurns(long now)
    {
        PassTurns(now);
        var kept = _queues?.Kept;
        foreach (var turn in _queues?.Reservations?.Turns() ?? [])
        {
            kept ??= new();
            kept.Add(turn);
        }

        return kept;
    }

    private void DropQueues()
    {
        if (_queues is not null)
        {
            _queues.Kept = _queues.Kept?.Count > 0 ? _queues.Kept : null;
            _queues.Reservations = _queues.Reservations?.Count > 0 ? _queues.Reservations : null;
            _queues.Line = _queues.Line?.Count > 0 ? _queues.Line : null;
            _queues = _queues is { Kept: null, Reservations: null, Line: null } ? null : _queues;
        }
    }

    private sealed class Queues
    {
        /// <summary>Those who wait for instants that the bucket does not know any more.</summary>
        public TurnQueue? Kept { get; set; }

        public ReservationList<TState>? Reservations { get; set; }

        public LeaseLine? Line { get; set; }
    }
}
