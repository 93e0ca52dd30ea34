namespace Throttle.Core.Limiters;

/// <summary>How a live bucket is carried over when its rule's numbers change.</summary>
public enum OnChange
{
    /// <summary>What the bucket holds, or has counted, stays; it is clamped to the new capacity. The default.</summary>
    Keep,

    /// <summary>The share stays: a bucket that was 40 % full is 40 % full.</summary>
    Proportional,

    /// <summary>As <see cref="Keep"/>, plus what the capacity grew by; a smaller capacity takes nothing off beyond the clamp.</summary>
    Additive,

    /// <summary>A new bucket.</summary>
    Reset,
}
