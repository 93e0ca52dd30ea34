using Throttle.Core.Failures;
using Throttle.Core.Queues;

namespace Throttle.Grains.Interfaces;

/// <summary>A queue's answer to work, or to an edit of an item.</summary>
[GenerateSerializer]
[Immutable]
[Alias("throttle.WorkReply")]
public sealed record WorkReply
{
    /// <summary>What became of it.</summary>
    [Id(0)]
    public WorkOutcome Outcome { get; init; }

    /// <summary>When accepted: the instant, in ticks of the owner's clock (UTC).</summary>
    [Id(1)]
    public long EnqueuedAtTicks { get; init; }

    /// <summary>When accepted: the turn that was given then, in ticks of the owner's clock (UTC).</summary>
    [Id(2)]
    public long DueAtTicks { get; init; }

    /// <summary>When full: ticks until it is worth trying again.</summary>
    [Id(3)]
    public long RetryAfterTicks { get; init; }

    /// <summary>Why it was not done, or null.</summary>
    [Id(4)]
    public string? Reason { get; init; }

    /// <summary>The version of the rules that the owner works with.</summary>
    [Id(5)]
    public long RulesVersion { get; init; }

    /// <summary>How long until it is worth trying again.</summary>
    public TimeSpan RetryAfter => new(RetryAfterTicks);

    /// <summary>An answer to work.</summary>
    public static WorkReply From(in WorkAnswer answer, long rulesVersion) => new()
    {
        Outcome = (WorkOutcome)answer.Status,
        EnqueuedAtTicks = answer.Receipt.EnqueuedAt,
        DueAtTicks = answer.Receipt.DueAt,
        RetryAfterTicks = answer.RetryAfterTicks,
        Reason = answer.Reason,
        RulesVersion = rulesVersion,
    };

    /// <summary>An answer to an edit.</summary>
    public static WorkReply From(WorkEdit edit, long rulesVersion) => new()
    {
        Outcome = edit switch
        {
            WorkEdit.Done => WorkOutcome.Done,
            WorkEdit.BeingDelivered => WorkOutcome.BeingDelivered,
            WorkEdit.Full => WorkOutcome.Full,
            _ => WorkOutcome.Unknown,
        },
        RulesVersion = rulesVersion,
    };

    /// <summary>The answer to work as queues know it.</summary>
    public WorkAnswer ToAnswer(string id) => Outcome switch
    {
        WorkOutcome.Queued => WorkAnswer.Queued(new(id, EnqueuedAtTicks, DueAtTicks)),
        WorkOutcome.Known => WorkAnswer.Known(new(id, EnqueuedAtTicks, DueAtTicks)),
        WorkOutcome.Full => WorkAnswer.Full(Reason ?? "The line is full.", RetryAfterTicks),
        _ => WorkAnswer.Failed(Failure.Parse(Reason)),
    };

    /// <summary>The answer to an edit as queues know it.</summary>
    public WorkEdit ToEdit() => Outcome switch
    {
        WorkOutcome.Done => WorkEdit.Done,
        WorkOutcome.BeingDelivered => WorkEdit.BeingDelivered,
        WorkOutcome.Full => WorkEdit.Full,
        _ => WorkEdit.Unknown,
    };
}
