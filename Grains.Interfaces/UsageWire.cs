using Throttle.Core.Time;
using Throttle.Core.Usage;

namespace Throttle.Grains.Interfaces;

/// <summary>What all nodes have counted.</summary>
/// <param name="SinceTicks">From when on, in ticks.</param>
/// <param name="Nodes">Who counts.</param>
/// <param name="Rows">What is not zero, by rule and node.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.UsageWire")]
public sealed record UsageWire(
    [property: Id(0)] long SinceTicks,
    [property: Id(1)] UsageNodeWire[] Nodes,
    [property: Id(2)] RuleUsageWire[] Rows)
{
    /// <summary>The wire form.</summary>
    public static UsageWire From(UsageReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new(
            report.Since.UtcTicks,
            [.. report.Nodes.Select(node => new UsageNodeWire(node.Name, node.HasEnded))],
            [.. report.Rows.Select(row => new RuleUsageWire(row.Rule, row.Node, UsageCountsWire.From(row.Counts)))]);
    }

    /// <summary>The report.</summary>
    public UsageReport ToReport() => new(
        Ticks.ToInstant(SinceTicks),
        [.. Nodes.Select(node => new UsageNode(node.Node, node.HasEnded))],
        [.. Rows.Select(row => new UsageRow(row.Rule, row.Node, row.Counts.ToCounts()))]);
}
