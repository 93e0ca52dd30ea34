namespace Throttle.Core.Usage;

/// <summary>What a <see cref="UsageLedger"/> knows, for storage.</summary>
/// <param name="Since">From when on it was counted, in ticks.</param>
/// <param name="FoldedThrough">The latest count that was folded, by its beginning; 0 where none was.</param>
/// <param name="Sources">Who counts, or did, with the instant of the last report.</param>
/// <param name="Rows">The counts of each by rule; a source that is not among them stands for all that were folded.</param>
public sealed record SavedUsage(
    long Since,
    long FoldedThrough,
    IReadOnlyList<(UsageSource Source, long HeardAt)> Sources,
    IReadOnlyList<(string Rule, UsageSource Source, UsageCounts Counts)> Rows);
