using Microsoft.Extensions.Logging;
using Throttle.Client.Buckets;
using Throttle.Core.Failures;
using Throttle.Core.Usage;
using Throttle.Grains.Interfaces;

namespace Throttle.Client.Usage;

/// <summary>What the whole cluster has decided.</summary>
internal sealed partial class ClusterUsage(IGrainFactory grains, UsageReporter reporter, ILogger<ClusterUsage> log) : IUsage
{
    private readonly FailureLog _failures = new((failure, _, thrown) => LogFailed(log, thrown, failure.Id), TimeProvider.System);

    public async ValueTask<UsageReport> GetAsync(CancellationToken cancellationToken = default)
    {
        // What was decided here is in it, so that whoever asks and then looks finds it.
        try
        {
            await reporter.ReportAsync(isEvenIfNothing: true, cancellationToken).ConfigureAwait(false);
            var usage = await grains.GetGrain<IUsageGrain>(IUsageGrain.Key).GetAsync(cancellationToken).ConfigureAwait(false);
            return usage.ToReport();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FailureException(_failures.Tell(CallFailures.ReasonOf(CallFailures.Of(e)), IUsageGrain.Key, e));
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The usage could not be asked for (failure {Id})")]
    private static partial void LogFailed(ILogger log, Exception reason, string? id);
}
