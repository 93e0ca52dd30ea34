namespace Throttle.Core.Limiters;

/// <summary>What a bucket with one steady rate remembers, in 24 bytes: its level and when that was so.</summary>
public struct TokenBucketState
{
    // Two halves instead of an Int128, whose alignment would cost eight bytes a bucket.
    private ulong _low;
    private long _high;

    internal TokenBucketState(Int128 level, long last)
    {
        Level = level;
        Last = last;
    }

    /// <summary>Units in the bucket, at <see cref="Last"/>; negative where permits are reserved ahead.</summary>
    internal Int128 Level
    {
        readonly get => new(unchecked((ulong)_high), _low);
        set => (_high, _low) = unchecked(((long)(value >> 64), (ulong)value));
    }

    /// <summary>The last instant seen, in ticks.</summary>
    internal long Last { get; set; }
}
