using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <summary>The callers in line for one bucket's leases. It has no timer: its owner calls when something comes due.</summary>
internal sealed class LeaseLine(ILeases leases)
{
    private static readonly Comparer<BucketWaiter> ByDeadline = Comparer<BucketWaiter>.Create(
        (a, b) => a.DeadlineAt != b.DeadlineAt ? a.DeadlineAt.CompareTo(b.DeadlineAt) : a.Number.CompareTo(b.Number));

    private readonly LinkedList<BucketWaiter> _waiters = new();
    private readonly SortedSet<BucketWaiter> _byDeadline = new(ByDeadline);
    private long _joined;

    public int Count => _waiters.Count;

    /// <summary>The instant by which the first in line can be served if no lease is renewed, as of the last call; <see cref="Ticks.Never"/> for an empty line.</summary>
    public long NextLeaseAt { get; private set; } = Ticks.Never;

    /// <summary>The earliest deadline in line; <see cref="Ticks.Never"/> for an empty line.</summary>
    public long NextDeadlineAt => _byDeadline.Min?.DeadlineAt ?? Ticks.Never;

    /// <summary>What a newcomer is told who must not overtake those in line.</summary>
    public static LimiterDecision Behind(in LimiterDecision decision) => decision.IsAllowed
        ? LimiterDecision.Refused(decision.Limit, 0, Math.Max(1, decision.ResetAfterTicks), decision.ResetAfterTicks)
        : decision;

    public void Join(BucketWaiter waiter, long now)
    {
        waiter.Number = _joined++;
        waiter.Place = _waiters.AddLast(waiter);
        _byDeadline.Add(waiter);
        Serve(now);
    }

    /// <summary>Serves the line in order, as far as leases are free.</summary>
    public void Serve(long now)
    {
        NextLeaseAt = Ticks.Never;
        while (_waiters.First is { } first)
        {
            var answer = leases.Take(first.Value.Permits, now);
            if (answer.Error is null && !answer.Decision.IsAllowed && !answer.Decision.NeverFits)
            {
                NextLeaseAt = Ticks.Add(now, answer.Decision.RetryAfterTicks);
                return;
            }

            Remove(first.Value);
            first.Value.TryComplete(answer);
        }
    }

    /// <summary>Refuses those whose deadline has come, and serves whom they stood before.</summary>
    public void RefuseLate(long now)
    {
        while (_byDeadline.Min is { } late && late.DeadlineAt <= now)
        {
            Remove(late);
            late.TryComplete(new(Behind(leases.Peek(late.Permits, now))));
            Serve(now);
        }
    }

    /// <summary>A caller leaves.</summary>
    /// <returns>Whether it stood in line; <see cref="Serve"/> those behind it then.</returns>
    public bool TryLeave(BucketWaiter waiter)
    {
        if (waiter.Place?.List != _waiters)
        {
            return false;
        }

        Remove(waiter);
        return true;
    }

    /// <summary>Sends everybody to ask again.</summary>
    public void End()
    {
        foreach (var waiter in _waiters)
        {
            waiter.TryComplete(BucketAnswer.Stale);
        }

        _waiters.Clear();
        _byDeadline.Clear();
    }

    private void Remove(BucketWaiter waiter)
    {
        _waiters.Remove(waiter.Place!);
        _byDeadline.Remove(waiter);
    }
}
