namespace Throttle.Core.Usage;

/// <summary>What was counted, rule by rule and node by node.</summary>
/// <param name="Since">From when on it was counted.</param>
/// <param name="Nodes">Who counts, by name.</param>
/// <param name="Rows">What is not zero, by rule and node.</param>
public sealed record UsageReport(DateTimeOffset Since, IReadOnlyList<UsageNode> Nodes, IReadOnlyList<UsageRow> Rows)
{
    /// <summary>Stands for rules that are gone, where there are too many to keep each; no rule can have this id.</summary>
    public const string RemovedRules = "(removed)";

    /// <summary>Stands for nodes that ended long ago; no node has this name.</summary>
    public const string EarlierNodes = "(earlier)";

    /// <summary>How many rules that are gone are kept, each by its id: those that went last.</summary>
    public const int MaxRemovedRules = 1_000;
}
