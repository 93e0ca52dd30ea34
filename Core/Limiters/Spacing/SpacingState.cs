namespace Throttle.Core.Limiters;

/// <summary>What a spacing bucket remembers: the last call, the slots reserved ahead, and the last permit that was begun.</summary>
public struct SpacingState
{
    /// <summary>No call yet.</summary>
    internal const long None = -1;

    // A field, not a property: the ring is changed in place.
    internal Ring<SpacingSlot> Slots;

    /// <summary>The last instant seen, in ticks.</summary>
    internal long Last { get; set; }

    /// <summary>The newest slot that has come, in ticks, or <see cref="None"/>.</summary>
    internal long LastRun { get; set; }

    /// <summary>What the holder of <see cref="LastRun"/> was told, and knows it by; the same unless the slot has moved.</summary>
    internal long LastTold { get; set; }

    /// <summary>The slot before <see cref="LastRun"/>; equal to it when it is not known any more.</summary>
    internal long PriorRun { get; set; }

    /// <summary>The last permit that was begun, by what its holder was told, or <see cref="None"/>.</summary>
    internal long Begun { get; set; }

    /// <summary>When it was begun or, once its holder has said so, when its call ran at the latest.</summary>
    internal long BegunAt { get; set; }

    /// <summary>The latest instant at which its call ran or may still run.</summary>
    internal long BegunBy { get; set; }

    /// <summary>The same of the permit begun before it, from which a repeated begin is spaced.</summary>
    internal long BegunBefore { get; set; }
}
