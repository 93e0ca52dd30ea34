using System.Collections.Frozen;
using System.Collections.Immutable;
using Throttle.Core.Rules.Matching;

namespace Throttle.Core.Rules;

/// <summary>A validated, compiled, immutable set of rules with a version. Safe to use from any thread.</summary>
public sealed partial class RuleSet
{
    private readonly FrozenDictionary<string, int> _indexes;
    private readonly CompiledRules _compiled;
    private readonly CompiledRules?[] _spelled = new CompiledRules?[(int)(IgnoredSpelling.Names | IgnoredSpelling.PathCase | IgnoredSpelling.LastSlash) + 1];

    /// <summary>Validates and compiles.</summary>
    /// <param name="rules">The rules, in order.</param>
    /// <param name="version">0 or more; a later set has a larger one.</param>
    /// <exception cref="InvalidRulesException">Something is wrong; every fault is listed.</exception>
    public RuleSet(IEnumerable<Rule> rules, long version = 0)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        Rules = [.. rules];
        Version = version;
        var faults = RuleValidator.Validate(Rules);
        if (faults.Count > 0)
        {
            throw new InvalidRulesException(faults);
        }

        _indexes = Rules.Select((rule, i) => KeyValuePair.Create(rule.Id, i)).ToFrozenDictionary(StringComparer.Ordinal);
        _compiled = new(Rules);
    }

    /// <summary>No rules: everything is allowed.</summary>
    public static RuleSet Empty { get; } = new([]);

    /// <summary>The rules, in order.</summary>
    public ImmutableArray<Rule> Rules { get; }

    /// <summary>The set's version.</summary>
    public long Version { get; }

    /// <summary>
    /// How many rules a request is compared with whatever its values, at most: those without a condition that has a text. Others are found by their texts. The work of a batch grows with this times its requests.
    /// </summary>
    public int CommonRules => _compiled.Index.CommonRules;

    /// <summary>The index in <see cref="Rules"/> of the rule with this id, or -1.</summary>
    public int IndexOf(string ruleId) => _indexes.TryGetValue(ruleId, out var index) ? index : -1;

    /// <summary>
    /// Adds the indexes of the rules that match, in order: every condition holds, every attribute of key and cost is there,
    /// and the mode is not off. The cost grows with the rules that nearly match, not with all of them, where rules differ in
    /// an exact, prefix or CIDR condition. Allocates nothing while the buffer has room.
    /// </summary>
    public void Match(in Attributes attributes, ref MatchBuffer matches) => MatchCounting(attributes, ref matches);

    /// <summary>As <see cref="Match"/>.</summary>
    /// <returns>How many rules were looked at one by one: what a match costs, apart from finding them.</returns>
    internal int MatchCounting(in Attributes attributes, ref MatchBuffer matches)
    {
        var start = matches.Count;
        var compiled = CompiledFor(attributes);
        compiled.Index.FindCandidates(attributes, ref matches);
        var candidates = matches.Items[start..];
        var examined = candidates.Length;
        var kept = 0;
        foreach (var candidate in candidates)
        {
            if (compiled.All[candidate].IsMatch(attributes))
            {
                candidates[kept++] = candidate;
            }
        }

        matches.SortDistinct(start, kept);
        return examined;
    }

    /// <summary>The rules as their patterns are to be read for these attributes; compiled when they are first needed.</summary>
    private CompiledRules CompiledFor(in Attributes attributes) =>
        attributes.Ignores == IgnoredSpelling.None ? _compiled : CompiledFor(attributes.Ignores);

    private CompiledRules CompiledFor(IgnoredSpelling ignored)
    {
        ref var spelled = ref _spelled[(int)ignored];
        return Volatile.Read(ref spelled) ?? (spelled = new(Rules.Select(rule => Spelling.Of(rule, ignored))));
    }
}
