using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>Spacing: a list of instants; the next one is the first that keeps its distance to all of them.</summary>
internal sealed class SpacingModel(long intervalTicks, int reservations, long graceTicks) : ILimiterModel
{
    private readonly List<long> _slots = [];
    private bool _hasGivenBackPast;

    public long Limit => 1;

    public long Earliest(long cost, long seen) =>
        _slots.Select(s => s + intervalTicks).Append(seen).Where(t => t >= seen).Order()
            .First(t => _slots.TrueForAll(s => Math.Abs(s - t) >= intervalTicks));

    public bool MayReserve(long cost, long seen) => _slots.Count(s => s > seen) < reservations;

    public long Remaining(long seen) => Earliest(1, seen) == seen ? 1 : 0;

    public long NewAt(long seen) => _slots.Count == 0 ? seen : _slots.Max() + intervalTicks;

    public void Take(in Grant grant, long seen)
    {
        Assert.Equal(grant.ValidAt > seen ? grant.ValidAt + graceTicks : Ticks.Never, grant.ExpiresAt);
        _slots.Add(grant.ValidAt);
    }

    public string? Return(in Grant grant, long seen, bool answer)
    {
        var isAhead = grant.ValidAt > seen && _slots.Contains(grant.ValidAt);
        var past = _slots.Where(s => s <= seen).ToArray();
        var isNewestPast = past.Length > 0 && past.Max() == grant.ValidAt;
        if (answer)
        {
            _slots.Remove(grant.ValidAt);
            _hasGivenBackPast |= !isAhead;
            return isAhead || isNewestPast ? null : $"gave back {grant}, which is neither ahead nor the last call";
        }

        return isAhead || (isNewestPast && !_hasGivenBackPast) ? $"kept {grant} at {seen}" : null;
    }

    /// <summary>The same bucket under other numbers: the slots stay, however close; a new one keeps the new distance to all of them.</summary>
    public SpacingModel Changed(long toIntervalTicks, int toReservations, long toGraceTicks, OnChange onChange)
    {
        var changed = new SpacingModel(toIntervalTicks, toReservations, toGraceTicks);
        if (onChange != OnChange.Reset)
        {
            changed._slots.AddRange(_slots);
            changed._hasGivenBackPast = _hasGivenBackPast;
        }

        return changed;
    }
}
