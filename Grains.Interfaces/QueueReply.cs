using Throttle.Core.Queues;

namespace Throttle.Grains.Interfaces;

/// <summary>What a queue of work holds.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.QueueReply")]
public sealed record QueueReply
{
    /// <summary><see cref="WorkOutcome.Done"/>, or why there is no answer.</summary>
    [Id(0)]
    public WorkOutcome Outcome { get; init; }

    /// <summary>Items in line, the one that is being delivered included.</summary>
    [Id(1)]
    public int Length { get; init; }

    /// <summary>What they count for.</summary>
    [Id(2)]
    public long Bytes { get; init; }

    /// <summary>How long the first one has been in line, in ticks.</summary>
    [Id(3)]
    public long HeadAgeTicks { get; init; }

    /// <summary>The first one's id, or null.</summary>
    [Id(4)]
    public string? HeadId { get; init; }

    /// <summary>How often the first one was tried.</summary>
    [Id(5)]
    public int HeadAttempts { get; init; }

    /// <summary>Why its last attempt failed, or null.</summary>
    [Id(6)]
    public string? HeadError { get; init; }

    /// <summary>Whether the first one is being delivered.</summary>
    [Id(7)]
    public bool IsDelivering { get; init; }

    /// <summary>Ticks until the next delivery is due, or null.</summary>
    [Id(8)]
    public long? NextTurnTicks { get; init; }

    /// <summary>How many items failed for good and are kept.</summary>
    [Id(9)]
    public int Failed { get; init; }

    /// <summary>These items, where they were asked for.</summary>
    [Id(10)]
    public WorkItemWire[] FailedItems { get; init; } = [];

    /// <summary>Why there is no answer, or null.</summary>
    [Id(11)]
    public string? Reason { get; init; }

    /// <summary>The version of the rules that the owner works with.</summary>
    [Id(12)]
    public long RulesVersion { get; init; }

    /// <summary>A queue as it is.</summary>
    public static QueueReply From(in WorkStatus status, long rulesVersion) => new()
    {
        Outcome = WorkOutcome.Done,
        Length = status.Length,
        Bytes = status.Bytes,
        HeadAgeTicks = status.HeadAgeTicks,
        HeadId = status.HeadId,
        HeadAttempts = status.HeadAttempts,
        HeadError = status.HeadError,
        IsDelivering = status.IsDelivering,
        NextTurnTicks = status.NextTurnTicks,
        Failed = status.Failed,
        RulesVersion = rulesVersion,
    };

    /// <summary>The same as queues know it.</summary>
    public WorkStatus ToStatus() => new()
    {
        Length = Length,
        Bytes = Bytes,
        HeadAgeTicks = HeadAgeTicks,
        HeadId = HeadId,
        HeadAttempts = HeadAttempts,
        HeadError = HeadError,
        IsDelivering = IsDelivering,
        NextTurnTicks = NextTurnTicks,
        Failed = Failed,
    };
}
