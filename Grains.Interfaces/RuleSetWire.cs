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

    /// <summary>The set, compiled.</summary>
    /// <exception cref="FormatException">A rule uses something that is not known to this version.</exception>
    /// <exception cref="InvalidRulesException">A rule is faulty.</exception>
    public RuleSet ToRuleSet() => new(Rules.Select(r => r.ToRule()), Version);
}
