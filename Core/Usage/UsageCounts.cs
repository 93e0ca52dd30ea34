namespace Throttle.Core.Usage;

/// <summary>What was counted of one rule. Of a queue also work: accepted as allowed, refused, failed for good or too old as errors, delivered as permits. Every number is 0 or more, only grows, and stays at the largest that 64 bits hold.</summary>
/// <param name="Allowed">Decisions that allowed, under an enforced or a shadow rule.</param>
/// <param name="Refused">Decisions that refused.</param>
/// <param name="ShadowRefused">Decisions that a shadow rule would have refused.</param>
/// <param name="Errors">Decisions for which no answer could be had, so that the rule's <c>on-error</c> decided.</param>
/// <param name="Permits">Permits granted. What was given back is not taken off.</param>
public readonly record struct UsageCounts(long Allowed, long Refused, long ShadowRefused, long Errors, long Permits)
{
    /// <summary>Whether nothing was counted.</summary>
    public bool IsZero => this == default;

    /// <summary>Both together.</summary>
    public static UsageCounts operator +(UsageCounts a, UsageCounts b) => new(
        Sum(a.Allowed, b.Allowed),
        Sum(a.Refused, b.Refused),
        Sum(a.ShadowRefused, b.ShadowRefused),
        Sum(a.Errors, b.Errors),
        Sum(a.Permits, b.Permits));

    /// <summary>What came on top of an earlier count; 0 where it is less.</summary>
    public static UsageCounts operator -(UsageCounts a, UsageCounts b) => new(
        Math.Max(0, a.Allowed - b.Allowed),
        Math.Max(0, a.Refused - b.Refused),
        Math.Max(0, a.ShadowRefused - b.ShadowRefused),
        Math.Max(0, a.Errors - b.Errors),
        Math.Max(0, a.Permits - b.Permits));

    private static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;
}
