using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Storage;

/// <summary>A bucket in storage.</summary>
[GenerateSerializer]
[Alias("throttle.BucketRecord")]
public sealed class BucketRecord
{
    /// <summary>The algorithm and the numbers that the state is of.</summary>
    [Id(0)]
    public LimitWire? Limit { get; set; }

    /// <summary>The limiter's state.</summary>
    [Id(1)]
    public byte[]? State { get; set; }

    /// <summary>What of other regions the state was charged for; null for nothing.</summary>
    [Id(2)]
    public HeardCountWire[]? Heard { get; set; }

    /// <summary>The version of the rules by which it lived.</summary>
    [Id(3)]
    public long RulesVersion { get; set; }
}
