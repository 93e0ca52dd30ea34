using Throttle.Core.Failures;

namespace Throttle.Core.Queues;

/// <summary>The answer to work that was handed over.</summary>
public readonly record struct WorkAnswer
{
    private WorkAnswer(WorkAnswerStatus status) => Status = status;

    /// <summary>What became of it.</summary>
    public WorkAnswerStatus Status { get; }

    /// <summary>Whether the queue has it, now or since before.</summary>
    public bool IsAccepted => Status is WorkAnswerStatus.Queued or WorkAnswerStatus.Known;

    /// <summary>What was accepted; the default value when nothing was.</summary>
    public WorkReceipt Receipt { get; private init; }

    /// <summary>When it was not accepted: ticks until it is worth trying again, at least 1.</summary>
    public long RetryAfterTicks { get; private init; }

    /// <summary>Why it was not accepted, as a sentence; null when it was.</summary>
    public string? Reason { get; private init; }

    /// <summary>It is in line.</summary>
    public static WorkAnswer Queued(in WorkReceipt receipt) => new(WorkAnswerStatus.Queued) { Receipt = receipt };

    /// <summary>It was accepted before.</summary>
    public static WorkAnswer Known(in WorkReceipt receipt) => new(WorkAnswerStatus.Known) { Receipt = receipt };

    /// <summary>There is no room.</summary>
    public static WorkAnswer Full(string reason, long retryAfterTicks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(retryAfterTicks, 1);
        return new(WorkAnswerStatus.Full) { Reason = reason, RetryAfterTicks = retryAfterTicks };
    }

    /// <summary>No answer could be had.</summary>
    public static WorkAnswer Failed(Failure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return new(WorkAnswerStatus.Failed) { Reason = failure.ToString(), RetryAfterTicks = Failure.RetryAfter.Ticks };
    }
}
