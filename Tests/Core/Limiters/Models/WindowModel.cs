using System.Numerics;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>Fixed and sliding windows: what was taken is remembered for every window that ever was.</summary>
internal sealed class WindowModel(long limit, long windowTicks, bool isSliding) : ILimiterModel
{
    private readonly Dictionary<long, BigInteger> _counts = [];
    private long _front = long.MinValue;

    public long Limit => limit;

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

    public bool MayReserve(long cost, long seen) => true;

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
        var window = Window(grant.ValidAt);
        _front = Math.Max(_front, window);
        _counts[window] = Count(window) + grant.Permits;
    }

    public string? Return(in Grant grant, long seen, bool answer)
    {
        var window = Window(grant.ValidAt);
        var front = Front(seen);
        var counts = (window == front || (isSliding && window == front - windowTicks)) && Count(window) > 0;
        if (counts)
        {
            _counts[window] -= BigInteger.Min(Count(window), grant.Permits);
            StepBack(seen);
        }

        return counts == answer ? null : $"said {answer} to {grant} given back at {seen}";
    }

    /// <summary>
    /// The same bucket under other numbers. Windows of the same length keep their counts. Under another length, what now counts
    /// is counted into the new window that holds the one being filled.
    /// </summary>
    public WindowModel Changed(long toLimit, long toWindowTicks, OnChange onChange, long seen)
    {
        var changed = new WindowModel(toLimit, toWindowTicks, isSliding);
        var (front, known) = (Front(seen), isSliding ? 2 : 1);
        if (onChange == OnChange.Reset)
        {
            return changed;
        }

        if (toWindowTicks == windowTicks)
        {
            changed._front = front;
            for (var back = 0; back <= known; back++)
            {
                changed._counts[front - (back * windowTicks)] = Count(front - (back * windowTicks));
            }
        }
        else
        {
            changed._front = changed.Window(Math.Max(seen, front));
            changed._counts[changed._front] = Counting(front, changed._front, seen);
        }

        foreach (var (window, count) in changed._counts.ToArray())
        {
            var share = onChange == OnChange.Proportional ? ((count * toLimit) + limit - 1) / limit : count;
            changed._counts[window] = BigInteger.Min(share, (isSliding && onChange != OnChange.Proportional ? 2 : 1) * Limits.MaxPermits);
        }

        changed._counts.TryAdd(changed._front - (known * toWindowTicks), toLimit);
        return changed;
    }

    /// <summary>
    /// What counts at the window being filled; and where that is ahead, what counts from the present on and is known no more,
    /// as far as the new window reaches back. Of the windows passed over, all but the last ones known count as full.
    /// </summary>
    private BigInteger Counting(long front, long newFront, long seen)
    {
        var total = Count(front) + (isSliding ? Weighted(front - windowTicks, Math.Max(seen, front)) : 0);
        if (front <= seen)
        {
            return total;
        }

        var known = front - ((isSliding ? 2 : 1) * windowTicks);
        total += IsWithin(known) ? Weighted(known, seen) : 0;
        var most = Math.Max(0, (known - seen) / windowTicks) + 2;
        var unknown = First(0, most, n => !IsWithin(known - ((n + 1) * windowTicks)) || known - (n * windowTicks) <= seen);
        total += (BigInteger)limit * unknown;

        var weighing = Window(seen) - windowTicks;
        return weighing < known && IsWithin(weighing) ? total + Weighted(weighing, seen, limit) : total;

        bool IsWithin(long window) => Math.Max(seen, isSliding ? window + windowTicks - 1 : window) >= newFront;
    }

    private BigInteger Weighted(long window, long at) => Weighted(window, at, Count(window));

    /// <summary>What a count weighs at an instant, in permits, rounded up: all until its window ends, then in a sliding one less and less.</summary>
    private BigInteger Weighted(long window, long at, BigInteger count)
    {
        var left = window + windowTicks - at + (isSliding ? windowTicks : 0);
        var covered = Math.Clamp(left, 0, isSliding ? windowTicks : 1);
        return isSliding ? ((count * covered) + windowTicks - 1) / windowTicks : count * covered;
    }

    private long Front(long seen) => Math.Max(_front, Window(seen));

    private long Window(long at)
    {
        var since = at - Ticks.UnixEpoch;
        return at - (((since % windowTicks) + windowTicks) % windowTicks);
    }

    private BigInteger Count(long window) => _counts.GetValueOrDefault(window);

    /// <summary>From a window ahead that nobody is left in to the one before; what the bucket no longer knows counts as full.</summary>
    private void StepBack(long seen)
    {
        while (_front > seen && Count(_front).IsZero)
        {
            _front -= windowTicks;
            _counts[_front - ((isSliding ? 2 : 1) * windowTicks)] = limit;
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
