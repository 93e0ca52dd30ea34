namespace Throttle.Core.Failures;

/// <summary>What was asked for cannot be had now; asking again later may help. Its message is that of the failure, and safe to show to any caller.</summary>
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
