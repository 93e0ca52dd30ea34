namespace Throttle.Core.Usage;

/// <summary>What this process has counted.</summary>
internal sealed class LocalUsage(UsageMeter meter, string node, DateTimeOffset since) : IUsage
{
    public ValueTask<UsageReport> GetAsync(CancellationToken cancellationToken = default) => new(new UsageReport(
        since,
        [new UsageNode(node, HasEnded: false)],
        [.. meter.Read().OrderBy(row => row.Rule, StringComparer.Ordinal).Select(row => new UsageRow(row.Rule, node, row.Counts))]));
}
