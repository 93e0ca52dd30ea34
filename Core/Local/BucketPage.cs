namespace Throttle.Core.Local;

/// <summary>Some of the live buckets of a rule.</summary>
/// <param name="Buckets">The buckets; in a cluster in the order of their keys, on a node in no particular order.</param>
/// <param name="Next">Where the next page starts; null where there are no more.</param>
public sealed record BucketPage(IReadOnlyList<RuleDecision> Buckets, string? Next)
{
    /// <summary>Nodes of the cluster that did not answer in time, so that their buckets are missing; none on a single node.</summary>
    public IReadOnlyList<string> Silent { get; init; } = [];
}
