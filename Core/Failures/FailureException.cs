namespace Throttle.Core.Failures;

/// <summary>A call could not be answered now; the same call may succeed later. The message is that of the failure, and safe to show to any caller.</summary>
public sealed class FailureException : Exception
{
    /// <summary>For a failure.</summary>
    public FailureException(Failure failure)
        : base(failure?.ToString())
    {
        ArgumentNullException.ThrowIfNull(failure);
        Failure = failure;
    }

    /// <summary>What failed.</summary>
    public Failure Failure { get; }
}
