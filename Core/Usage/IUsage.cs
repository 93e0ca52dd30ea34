namespace Throttle.Core.Usage;

/// <summary>What a throttle has decided, counted by rule: in this process, or in all of a cluster.</summary>
public interface IUsage
{
    /// <summary>What was counted until now. In a cluster what others counted within the last seconds may be missing, and nothing is there twice.</summary>
    /// <exception cref="Failures.FailureException">The cluster could not be asked.</exception>
    ValueTask<UsageReport> GetAsync(CancellationToken cancellationToken = default);
}
