namespace Throttle.Core.Queues;

/// <summary>What became of one attempt to process work.</summary>
public readonly record struct WorkResult
{
    private WorkResult(WorkResultKind kind, string? reason, TimeSpan retryAfter) => (Kind, Reason, RetryAfter) = (kind, reason, retryAfter);

    /// <summary>It is done.</summary>
    public static WorkResult Done { get; } = new(WorkResultKind.Done, null, TimeSpan.Zero);

    /// <summary>What became of it.</summary>
    public WorkResultKind Kind { get; }

    /// <summary>Why it is not done, or null.</summary>
    public string? Reason { get; }

    /// <summary>How long at least to wait before the next attempt; zero leaves it to the rule.</summary>
    public TimeSpan RetryAfter { get; }

    /// <summary>It is to be tried again, as often as the rule says.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="retryAfter">How long at least to wait; zero leaves it to the rule, and more than an hour counts as that.</param>
    public static WorkResult Retry(string reason, TimeSpan retryAfter = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new(WorkResultKind.Retry, reason, retryAfter < TimeSpan.Zero ? TimeSpan.Zero : retryAfter);
    }

    /// <summary>No other attempt would help.</summary>
    public static WorkResult Failed(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new(WorkResultKind.Failed, reason, TimeSpan.Zero);
    }
}
