using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Grains.Interfaces;

/// <summary>Rules with their version, as they go over the wire and into storage.</summary>
/// <param name="Version">0 where nobody has given any rules yet; each edit makes it larger.</param>
/// <param name="Rules">The rules, in order.</param>
[GenerateSerializer]
[Immutable]
[Alias("throttle.RuleSetWire")]
public sealed record RuleSetWire(
    [property: Id(0)] long Version,
    [property: Id(1)] RuleWire[] Rules)
{
    /// <summary>The wire form of a set.</summary>
    public static RuleSetWire From(RuleSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return new(set.Version, [.. set.Rules.Select(RuleWire.From)]);
    }

    /// <summary>The wire form of a set that replaces this one. It knows which rules begin new buckets by that.</summary>
    public RuleSetWire Follow(RuleSet next)
    {
        ArgumentNullException.ThrowIfNull(next);
        var before = Rules.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
        return new(next.Version, [.. next.Rules.Select(rule => RuleWire.From(rule) with
        {
            BucketsSince = before.TryGetValue(rule.Id, out var old) && !BeginsNewBuckets(old.ToRule().Limit, rule) ? old.BucketsSince : next.Version,
        })]);
    }

    /// <summary>The set, compiled.</summary>
    /// <exception cref="FormatException">A rule uses something that is not known to this version.</exception>
    /// <exception cref="InvalidRulesException">A rule is faulty.</exception>
    public RuleSet ToRuleSet() => new(Rules.Select(r => r.ToRule()), Version);

    private static bool BeginsNewBuckets(LimiterSpec old, Rule rule) => rule.Limit != old && rule.OnChangeFrom(old) == OnChange.Reset;
}
