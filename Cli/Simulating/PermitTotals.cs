namespace Throttle.Cli.Simulating;

/// <summary>What the workers did, together. One at a time changes it.</summary>
internal sealed class PermitTotals
{
    private long _lastRan = -1;

    /// <summary>Calls made.</summary>
    public long Requests { get; private set; }

    /// <summary>Times that there was no permit.</summary>
    public long Refused { get; set; }

    /// <summary>Permits that came too late to be used.</summary>
    public long Expired { get; set; }

    /// <summary>Permits given back unused.</summary>
    public long Returned { get; set; }

    /// <summary>Times that no answer could be had.</summary>
    public long Unavailable { get; set; }

    /// <summary>The least time between two calls, in ticks; null before the second.</summary>
    public long? SmallestGap { get; private set; }

    /// <summary>A call ran.</summary>
    /// <returns>Ticks since the last one; null for the first.</returns>
    public long? Ran(long at)
    {
        var gap = _lastRan < 0 ? (long?)null : at - _lastRan;
        (_lastRan, Requests) = (Math.Max(_lastRan, at), Requests + 1);
        SmallestGap = gap is null ? SmallestGap : Math.Min(SmallestGap ?? long.MaxValue, gap.Value);
        return gap;
    }
}
