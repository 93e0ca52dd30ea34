using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>Windows that start when they are first used: the one that is filled, and the one before it while it is ahead.</summary>
internal sealed class FirstUseModel(long limit, long windowTicks) : ILimiterModel
{
    private long _start = long.MinValue;
    private long _used;
    private long _usedBefore;

    public long Limit => limit;

    public long Earliest(long cost, long seen) =>
        !HasWindow(seen) ? seen : cost + _used <= limit ? Math.Max(seen, _start) : _start + windowTicks;

    public bool MayReserve(long cost, long seen) => true;

    public long Remaining(long seen) => !HasWindow(seen) ? limit : _start > seen ? 0 : limit - _used;

    public long NewAt(long seen) => HasWindow(seen) ? _start + windowTicks : seen;

    public void Take(in Grant grant, long seen)
    {
        if (!HasWindow(seen))
        {
            (_start, _used) = (grant.ValidAt, grant.Permits);
        }
        else if (grant.ValidAt < _start + windowTicks)
        {
            _used += grant.Permits;
        }
        else
        {
            (_start, _usedBefore, _used) = (_start + windowTicks, _used, grant.Permits);
        }
    }

    public string? Return(in Grant grant, long seen, bool answer)
    {
        var counts = HasWindow(seen) && grant.ValidAt >= _start && grant.ValidAt < _start + windowTicks;
        if (counts)
        {
            _used -= Math.Min(_used, grant.Permits);
            while (_used == 0 && _start > seen)
            {
                // Those before the one before count as full.
                (_start, _used, _usedBefore) = (_start - windowTicks, _usedBefore, limit);
            }
        }

        return counts == answer ? null : $"said {answer} to {grant} given back at {seen}";
    }

    /// <summary>A window that is over, or that nobody is in, is none.</summary>
    private bool HasWindow(long seen) => _start > seen || (_used > 0 && _start > seen - windowTicks);
}
