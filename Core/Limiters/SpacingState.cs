namespace Throttle.Core.Limiters;

/// <summary>What a spacing bucket remembers: the last call, and the slots reserved ahead.</summary>
public struct SpacingState
{
    /// <summary>No call yet.</summary>
    internal const long None = -1;

    // A field, not a property: the ring is changed in place.
    internal Ring<long> Slots;

    /// <summary>The last instant seen, in ticks.</summary>
    internal long Last { get; set; }

    /// <summary>The newest slot that has come, in ticks, or <see cref="None"/>.</summary>
    internal long LastRun { get; set; }

    /// <summary>The slot before <see cref="LastRun"/>; equal to it when it is not known any more.</summary>
    internal long PriorRun { get; set; }
}
