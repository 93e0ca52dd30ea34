namespace Throttle.Core.Limiters;

/// <summary>What a fixed-window bucket remembers, in 24 bytes.</summary>
public struct FixedWindowState
{
    /// <summary>The last instant seen, in ticks.</summary>
    internal long Last { get; set; }

    /// <summary>The first instant of the window that is being filled; in the future where permits are reserved ahead.</summary>
    internal long Start { get; set; }

    /// <summary>Permits taken in that window.</summary>
    internal long Used { get; set; }
}
