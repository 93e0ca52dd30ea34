namespace Throttle.Grains.Interfaces;

/// <summary>What became of a report.</summary>
/// <param name="Epoch">Another one than before says that reports may have been forgotten: everything is to be sent again.</param>
/// <param name="BeginAfter">Null when it was taken; else the count was folded, and the node begins one later than this.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.UsageReply")]
public sealed record UsageReply(
    [property: Id(0)] Guid Epoch,
    [property: Id(1)] long? BeginAfter);
