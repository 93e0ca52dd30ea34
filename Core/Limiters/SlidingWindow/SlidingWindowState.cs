namespace Throttle.Core.Limiters;

/// <summary>What a sliding-window bucket remembers, in 40 bytes.</summary>
public struct SlidingWindowState
{
    /// <summary>The last instant seen, in ticks.</summary>
    internal long Last { get; set; }

    /// <summary>The first instant of the window that is being filled; in the future where permits are reserved ahead.</summary>
    internal long Start { get; set; }

    /// <summary>Permits taken in the window before it.</summary>
    internal long Previous { get; set; }

    /// <summary>Permits taken in the window before that, for going back; meaningful only while <see cref="Start"/> is in the future.</summary>
    internal long BeforePrevious { get; set; }

    /// <summary>Permits taken in it.</summary>
    internal long Current { get; set; }
}
