using Throttle.Core.Failures;

namespace Throttle.Grains.Storage;

/// <summary>How long anybody waits for storage, so that one that hangs holds up neither callers nor a silo that stops.</summary>
internal static class StoragePatience
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Waits for an operation, which goes on when it takes too long.</summary>
    /// <returns>Why it failed, or null.</returns>
    public static async Task<Failure?> InTimeAsync(this Task<Failure?> operation, CancellationToken cancellationToken)
    {
        try
        {
            // Real time: what is waited for is a machine.
            return await operation.WaitAsync(Longest, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException)
        {
            return Failure.Of(FailureReason.Storage);
        }
    }
}
