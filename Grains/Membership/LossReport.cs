namespace Throttle.Grains.Membership;

/// <summary>What a silo knows of silos that left.</summary>
/// <param name="LatestLossAge">How long ago the latest was lost, or null where none was. An age, because clocks differ.</param>
/// <param name="Goodbyes">Silos that had handed everything over when they left.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.LossReport")]
internal sealed record LossReport(
    [property: Id(0)] TimeSpan? LatestLossAge,
    [property: Id(1)] SiloAddress[] Goodbyes);
