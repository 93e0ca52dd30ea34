using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Usage;

/// <summary>One rule's part of a count in storage.</summary>
/// <param name="Rule">The rule's id.</param>
/// <param name="Source">Whose, as a place among the record's sources; -1 for all that were folded.</param>
/// <param name="Counts">What was counted.</param>
[GenerateSerializer]
[Alias("throttle.UsageRowRecord")]
public sealed record UsageRowRecord(
    [property: Id(0)] string Rule,
    [property: Id(1)] int Source,
    [property: Id(2)] UsageCountsWire Counts);
