namespace Throttle.Core.Usage;

/// <summary>What one node has counted of one rule.</summary>
/// <param name="Rule">The rule's id, or <see cref="UsageReport.RemovedRules"/>.</param>
/// <param name="Node">The node's name, or <see cref="UsageReport.EarlierNodes"/>.</param>
/// <param name="Counts">What it has counted.</param>
public readonly record struct UsageRow(string Rule, string Node, UsageCounts Counts);
