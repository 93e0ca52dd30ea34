using Throttle.Core.Usage;

namespace Throttle.Grains.Interfaces;

/// <summary>What was counted; see <see cref="UsageCounts"/>.</summary>
/// <param name="Allowed">Decisions that allowed.</param>
/// <param name="Refused">Decisions that refused.</param>
/// <param name="ShadowRefused">Decisions that a shadow rule would have refused.</param>
/// <param name="Errors">Decisions without an answer.</param>
/// <param name="Permits">Permits granted.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.UsageCountsWire")]
public sealed record UsageCountsWire(
    [property: Id(0)] long Allowed,
    [property: Id(1)] long Refused,
    [property: Id(2)] long ShadowRefused,
    [property: Id(3)] long Errors,
    [property: Id(4)] long Permits)
{
    /// <summary>The wire form.</summary>
    public static UsageCountsWire From(in UsageCounts counts) =>
        new(counts.Allowed, counts.Refused, counts.ShadowRefused, counts.Errors, counts.Permits);

    /// <summary>The counts; a number below zero, which no node sends, counts as 0.</summary>
    public UsageCounts ToCounts() => new(
        Math.Max(0, Allowed), Math.Max(0, Refused), Math.Max(0, ShadowRefused), Math.Max(0, Errors), Math.Max(0, Permits));
}
