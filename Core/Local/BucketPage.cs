namespace Throttle.Core.Local;

/// <summary>Some of the live buckets of a rule.</summary>
/// <param name="Buckets">The buckets, in no particular order.</param>
/// <param name="Next">Where the next page starts; null where there are no more.</param>
public sealed record BucketPage(IReadOnlyList<RuleDecision> Buckets, long? Next);
