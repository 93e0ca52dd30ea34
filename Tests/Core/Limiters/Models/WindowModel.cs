using System.Numerics;
using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>Fixed and sliding windows: every grant is remembered, and counted anew for each question.</summary>
internal sealed class WindowModel(long limit, long windowTicks, bool isSliding) : ILimiterModel
{
    private readonly List<(long At, long Permits)> _grants = [];
    private readonly Dictionary<long, long> _forgotten = [];
    private long _front = long.MinValue;

    public long Limit => limit;

    /// <summary>What was granted and not given back.</summary>
    public IReadOnlyList<(long At, long Permits)> Grants => _grants;

    public long Earliest(long cost, long seen)
    {
        for (var window = Front(seen); ; window += windowTicks)
        {
            var from = Math.Max(seen, window);
            var last = window + windowTicks - 1;
            if (Fits(cost, window, last))
            {
                return First(from, last, at => Fits(cost, window, at));
            }
        }
    }

    public bool MayReserve(long seen) => true;

    public long Remaining(long seen)
    {
        var window = Front(seen);
        return window > seen ? 0 : First(0, limit + 1, permits => permits > limit || !Fits(permits, window, seen)) - 1 is var most and > 0 ? most : 0;
    }

    public long NewAt(long seen)
    {
        var window = Front(seen);
        if (Count(window) > 0)
        {
            return window + ((isSliding ? 2 : 1) * windowTicks);
        }

        return isSliding && Count(window - windowTicks) > 0 ? window + windowTicks : window;
    }

    public void Take(in Grant grant, long seen)
    {
        _front = Math.Max(_front, Window(grant.ValidAt));
        _grants.Add((grant.ValidAt, grant.Permits));
    }

    public string? Return(in Grant grant, long seen, bool answer)
    {
        var window = Window(grant.ValidAt);
        var front = Front(seen);
        var counts = (window == front || (isSliding && window == front - windowTicks)) && Count(window) > 0;
        if (counts)
        {
            _grants.Remove((grant.ValidAt, grant.Permits));
            _forgotten[window] = _forgotten.GetValueOrDefault(window) - Math.Min(_forgotten.GetValueOrDefault(window), grant.Permits);
            StepBack(seen);
        }

        return counts == answer ? null : $"said {answer} to {grant} given back at {seen}";
    }

    private long Front(long seen) => Math.Max(_front, Window(seen));

    private long Window(long at)
    {
        var since = at - Throttle.Core.Time.Ticks.UnixEpoch;
        return at - (((since % windowTicks) + windowTicks) % windowTicks);
    }

    private BigInteger Count(long window) => _forgotten.GetValueOrDefault(window) is var forgotten and > 0
        ? forgotten
        : _grants.Where(g => Window(g.At) == window).Aggregate(BigInteger.Zero, (sum, g) => sum + g.Permits);

    /// <summary>From a window ahead that nobody is left in to the one before; what the bucket no longer knows counts as full.</summary>
    private void StepBack(long seen)
    {
        while (_front > seen && Count(_front) == 0)
        {
            _front -= windowTicks;
            _forgotten[_front - ((isSliding ? 2 : 1) * windowTicks)] = limit;
        }
    }

    /// <summary>Whether this many more fit into a window at an instant of it: previous × (window - elapsed) / window + count + cost ≤ limit.</summary>
    private bool Fits(long cost, long window, long at)
    {
        var weighted = isSliding ? Count(window - windowTicks) * (windowTicks - (at - window)) : 0;
        return weighted + ((Count(window) + cost) * windowTicks) <= (BigInteger)limit * windowTicks;
    }

    private static long First(long from, long last, Func<long, bool> isTrue)
    {
        while (from < last)
        {
            var middle = from + ((last - from) / 2);
            (from, last) = isTrue(middle) ? (from, middle) : (middle + 1, last);
        }

        return from;
    }
}
