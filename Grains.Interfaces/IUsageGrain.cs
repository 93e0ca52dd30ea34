namespace Throttle.Grains.Interfaces;

/// <summary>What all nodes of the cluster have decided: one grain, whose key is <see cref="Key"/>. Nodes report to it now and then; no decision does.</summary>
[Alias("throttle.IUsageGrain")]
public interface IUsageGrain : IGrainWithStringKey
{
    /// <summary>The key of the only one.</summary>
    const string Key = "usage";

    /// <summary>Takes what a node has counted since its count began, of some rules. Reports that are lost, late or repeated change nothing in the end.</summary>
    /// <param name="node">The node's name, unlike every other one's.</param>
    /// <param name="incarnation">When its count began, in ticks.</param>
    /// <param name="rules">What it has counted; what is left out stays as it was, and none say that the node is there.</param>
    /// <param name="cancellationToken">Gives up; the report may have been taken.</param>
    [Alias("Report")]
    ValueTask<UsageReply> ReportAsync(
        string node, long incarnation, RuleUsageWire[] rules, CancellationToken cancellationToken = default);

    /// <summary>Everything that was reported.</summary>
    [Alias("Get")]
    ValueTask<UsageWire> GetAsync(CancellationToken cancellationToken = default);
}
