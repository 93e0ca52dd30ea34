namespace Throttle.Core.Limiters;

/// <summary>What a bucket with several bandwidths remembers.</summary>
public struct MultiTokenBucketState
{
    /// <summary>Units of each bandwidth, at <see cref="Last"/>; owned by this state.</summary>
    internal Int128[] Levels { get; set; }

    /// <summary>The last instant seen, in ticks.</summary>
    internal long Last { get; set; }
}
