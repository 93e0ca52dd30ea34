using Throttle.Core.Counters;

namespace Throttle.Core.Usage;

/// <summary>What all have counted of one rule: a counter that merges for each figure. Immutable.</summary>
internal sealed record RuleUsage(GCounter Allowed, GCounter Refused, GCounter ShadowRefused, GCounter Errors, GCounter Permits)
{
    public static RuleUsage Zero { get; } = new(GCounter.Zero, GCounter.Zero, GCounter.Zero, GCounter.Zero, GCounter.Zero);

    public UsageCounts this[string slot] => new(Allowed[slot], Refused[slot], ShadowRefused[slot], Errors[slot], Permits[slot]);

    public static RuleUsage Of(string slot, in UsageCounts counts) => new(
        GCounter.Of(slot, counts.Allowed),
        GCounter.Of(slot, counts.Refused),
        GCounter.Of(slot, counts.ShadowRefused),
        GCounter.Of(slot, counts.Errors),
        GCounter.Of(slot, counts.Permits));

    public RuleUsage Merge(RuleUsage other) => new(
        Allowed.Merge(other.Allowed),
        Refused.Merge(other.Refused),
        ShadowRefused.Merge(other.ShadowRefused),
        Errors.Merge(other.Errors),
        Permits.Merge(other.Permits));

    public RuleUsage Fold(string into, string ended) => new(
        Fold(Allowed, into, ended),
        Fold(Refused, into, ended),
        Fold(ShadowRefused, into, ended),
        Fold(Errors, into, ended),
        Fold(Permits, into, ended));

    private static GCounter Fold(GCounter counter, string into, string ended) => counter[ended] <= long.MaxValue - counter[into]
        ? counter.Fold(into, ended)

        // Usage stays at the largest number; the slot that cannot be added is read no more.
        : counter.Merge(GCounter.Of(into, long.MaxValue));
}
