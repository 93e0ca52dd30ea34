using Throttle.Core.Replication;

namespace Throttle.Grains.Interfaces;

/// <summary>A <see cref="ReplicationEntry"/> inside a cluster.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.CountWire")]
public sealed record CountWire
{
    /// <summary>The rule's id.</summary>
    [Id(0)]
    public required string Rule { get; init; }

    /// <summary>The bucket within the rule.</summary>
    [Id(1)]
    public required string Key { get; init; }

    /// <summary>Which count it is.</summary>
    [Id(2)]
    public long Count { get; init; }

    /// <summary>The version at which it began; 0 where it is older than the sender's run.</summary>
    [Id(3)]
    public long Start { get; init; }

    /// <summary>The version of its last change.</summary>
    [Id(4)]
    public long Version { get; init; }

    /// <summary>Permits granted.</summary>
    [Id(5)]
    public long Consumed { get; init; }

    /// <summary>Permits given back.</summary>
    [Id(6)]
    public long Returned { get; init; }

    /// <summary>Permits that the sender's bucket is short of.</summary>
    [Id(7)]
    public long Outstanding { get; init; }

    /// <summary>The wire form.</summary>
    public static CountWire From(in ReplicationEntry entry) => new()
    {
        Rule = entry.Rule,
        Key = entry.Key,
        Count = entry.Count,
        Start = entry.Start,
        Version = entry.Version,
        Consumed = entry.Consumed,
        Returned = entry.Returned,
        Outstanding = entry.Outstanding,
    };

    /// <summary>The entry.</summary>
    public ReplicationEntry ToEntry() => new(Rule, Key, Count, Start, Version, Consumed, Returned, Outstanding);
}
