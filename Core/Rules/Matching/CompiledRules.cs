namespace Throttle.Core.Rules.Matching;

/// <summary>All rules of a set, compiled, and the index over them.</summary>
internal sealed class CompiledRules
{
    public CompiledRules(IEnumerable<Rule> rules)
    {
        All = [.. rules.Select(rule => new CompiledRule(rule))];
        Index = RuleIndex.Build(All);
    }

    /// <summary>The rules, in the set's order.</summary>
    public CompiledRule[] All { get; }

    /// <summary>Finds those that may match.</summary>
    public RuleIndex Index { get; }
}
