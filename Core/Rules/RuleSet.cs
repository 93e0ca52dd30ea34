using System.Collections.Immutable;

namespace Throttle.Core.Rules;

/// <summary>A validated, compiled, immutable set of rules with a version. Safe to use from any thread.</summary>
public sealed partial class RuleSet
{
    /// <summary>Validates and compiles.</summary>
    /// <param name="rules">The rules, in order.</param>
    /// <param name="version">0 or more; a later set has a larger one.</param>
    /// <exception cref="InvalidRulesException">Something is wrong; every fault is listed.</exception>
    public RuleSet(IEnumerable<Rule> rules, long version = 0)
    {
        Rules = [.. rules];
        Version = version;
    }

    /// <summary>No rules: everything is allowed.</summary>
    public static RuleSet Empty { get; } = new([]);

    /// <summary>The rules, in order.</summary>
    public ImmutableArray<Rule> Rules { get; }

    /// <summary>The set's version.</summary>
    public long Version { get; }

    /// <summary>The index in <see cref="Rules"/> of the rule with this id, or -1.</summary>
    public int IndexOf(string ruleId) => throw new InvalidOperationException(ruleId);

    /// <summary>
    /// Adds the indexes of the rules that match, in order: every condition holds, every attribute of key and cost is there,
    /// and the mode is not off. The cost grows with the rules that nearly match, not with all of them, where rules differ in
    /// an exact, prefix or CIDR condition.
    /// </summary>
    public void Match(in Attributes attributes, ref MatchBuffer matches) => throw new InvalidOperationException();

    /// <summary>What <see cref="Match"/> makes of each rule and why, in the rules' order. Slower, and in words.</summary>
    public IReadOnlyList<RuleExplanation> Explain(in Attributes attributes) => throw new InvalidOperationException();
}
