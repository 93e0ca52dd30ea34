using Throttle.Core.Usage;
using Throttle.Grains.Interfaces;

namespace Throttle.Client.Usage;

/// <summary>What the whole cluster has decided.</summary>
internal sealed class ClusterUsage(IGrainFactory grains, UsageReporter reporter) : IUsage
{
    public async ValueTask<UsageReport> GetAsync(CancellationToken cancellationToken = default)
    {
        // What was decided here is in it, so that whoever asks and then looks finds it.
        await reporter.ReportAsync(isEvenIfNothing: true, cancellationToken).ConfigureAwait(false);
        var usage = await grains.GetGrain<IUsageGrain>(IUsageGrain.Key).GetAsync(cancellationToken).ConfigureAwait(false);
        return usage.ToReport();
    }
}
