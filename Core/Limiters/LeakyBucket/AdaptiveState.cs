namespace Throttle.Core.Limiters;

/// <summary>What an adaptive leaky bucket remembers: its level, its factor, and when that is so.</summary>
public struct AdaptiveState
{
    /// <summary>Units in the bucket, at <see cref="At"/>.</summary>
    internal Int128 Level { get; set; }

    /// <summary>What the leak is multiplied by, at <see cref="At"/>.</summary>
    internal Factor Factor { get; set; }

    /// <summary>The instant of level and factor, in ticks; ahead of <see cref="Last"/> where permits are reserved: it is the last reservation's.</summary>
    internal long At { get; set; }

    /// <summary>The last instant seen, in ticks.</summary>
    internal long Last { get; set; }
}
