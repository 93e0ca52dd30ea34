using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Storage;

/// <summary>A bucket on its way to another silo.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.MovedBucket")]
internal sealed record MovedBucket
{
    /// <summary>The algorithm and the numbers that the state is of.</summary>
    [Id(0)]
    public required LimitWire Limit { get; init; }

    /// <summary>The limiter's exact state.</summary>
    [Id(1)]
    public required byte[] State { get; init; }

    /// <summary>How long until it is as new.</summary>
    [Id(2)]
    public long ResetAfterTicks { get; init; }

    /// <summary>Whether it is kept in storage too, whose record the next are about.</summary>
    [Id(3)]
    public bool IsPersisted { get; init; }

    /// <summary>The record's tag.</summary>
    [Id(4)]
    public string? Etag { get; init; }

    /// <summary>Whether there is a record.</summary>
    [Id(5)]
    public bool HasRecord { get; init; }

    /// <summary>What of other regions it was charged for; null for nothing.</summary>
    [Id(6)]
    public HeardCountWire[]? Heard { get; init; }

    /// <summary>What it has granted itself, for other regions; null for nothing.</summary>
    [Id(7)]
    public HeardCountWire? Own { get; init; }

    /// <summary>Whether it is presumed to have granted more than is known.</summary>
    [Id(8)]
    public bool IsPresumed { get; init; }

    /// <summary>The version of the rules by which it lived.</summary>
    [Id(9)]
    public long RulesVersion { get; init; }
}
