namespace Throttle.Core.Limiters;

/// <summary>What a sliding-log bucket remembers: each instant in the window with the permits taken at it, 16 bytes an instant.</summary>
public struct SlidingLogState
{
    // A field, not a property: the ring is changed in place.
    internal Ring<LogEntry> Entries;

    /// <summary>Permits of all entries.</summary>
    internal long Total { get; set; }

    /// <summary>The last instant seen, in ticks.</summary>
    internal long Last { get; set; }
}
