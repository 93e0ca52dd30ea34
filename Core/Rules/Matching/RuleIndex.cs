using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules.Matching;

/// <summary>
/// Finds the few rules that a request may match. Each rule is filed under one of its conditions, the one that it shares with
/// the fewest others, once for each of its patterns; a rule without conditions under an attribute that it needs.
/// </summary>
internal sealed class RuleIndex
{
    private readonly Dictionary<string, AttributeIndex> _attributes = new(StringComparer.Ordinal);
    private readonly List<int> _unconditional = [];

    /// <summary>How many rules are compared with a request whatever its values: those that are filed under any value of an attribute, or under none.</summary>
    public int CommonRules { get; private set; }

    private RuleIndex()
    {
    }

    public static RuleIndex Build(CompiledRule[] rules)
    {
        var sharers = CountSharers(rules);
        var index = new RuleIndex();
        for (var i = 0; i < rules.Length; i++)
        {
            if (!rules[i].IsOff)
            {
                index.File(i, rules[i], sharers);
            }
        }

        foreach (var attribute in index._attributes.Values)
        {
            attribute.Freeze();
        }

        return index;
    }

    /// <summary>Adds every rule that may match, some perhaps twice, in no order.</summary>
    public void FindCandidates(in Attributes attributes, ref MatchBuffer candidates)
    {
        foreach (var rule in _unconditional)
        {
            candidates.Add(rule);
        }

        if (_attributes.Count == 0)
        {
            return;
        }

        for (var i = 0; i < attributes.Count; i++)
        {
            var (name, value) = attributes[i];
            if (_attributes.TryGetValue(name, out var index) && IsFirst(attributes, i, name))
            {
                index.Find(value, ref candidates);
            }
        }
    }

    private static bool IsFirst(in Attributes attributes, int place, string name)
    {
        for (var i = 0; i < place; i++)
        {
            if (string.Equals(attributes[i].Name, name, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    private static Dictionary<IndexKey, int> CountSharers(CompiledRule[] rules)
    {
        var sharers = new Dictionary<IndexKey, int>();
        foreach (var rule in rules.Where(rule => !rule.IsOff))
        {
            foreach (var key in Choices(rule).SelectMany(choice => choice))
            {
                sharers[key] = sharers.GetValueOrDefault(key) + 1;
            }
        }

        return sharers;
    }

    /// <summary>The ways to file a rule: for each condition, and each attribute it needs, the keys that together find it.</summary>
    private static IEnumerable<HashSet<IndexKey>> Choices(CompiledRule rule)
    {
        foreach (var condition in rule.Conditions)
        {
            yield return [.. condition.Patterns.Select(pattern => IndexKey.Of(condition.Attribute, pattern))];
            if (condition.Patterns.Any(pattern => pattern is { Kind: PatternKind.Glob, Suffix.Length: > 0 }))
            {
                yield return [.. condition.Patterns.Select(pattern => IndexKey.OfEnd(condition.Attribute, pattern))];
            }

            if (condition.Patterns.Any(pattern => pattern.Middle.Length > 0))
            {
                yield return [.. condition.Patterns.Select(pattern => IndexKey.OfMiddle(condition.Attribute, pattern))];
            }
        }

        foreach (var name in rule.Needed)
        {
            yield return [IndexKey.Presence(name)];
        }
    }

    /// <summary>Of two choices with as many sharers, the one that fewer values find: text, then blocks, then longer starts and ends, then parts.</summary>
    private static int Breadth(IndexKey key) => key.Kind switch
    {
        PatternKind.Exact => 0,
        PatternKind.Block => 1,

        // Looking for these costs the most, so it is the last choice but one.
        PatternKind.Glob => int.MaxValue - key.Text.Length,
        _ => key.Text.Length == 0 ? int.MaxValue : 1 + RuleLimits.MaxPatternLength - key.Text.Length + 1,
    };

    private void File(int ruleIndex, CompiledRule rule, Dictionary<IndexKey, int> sharers)
    {
        HashSet<IndexKey>? best = null;
        var bestCost = (Sharers: int.MaxValue, Breadth: int.MaxValue);
        foreach (var choice in Choices(rule))
        {
            var cost = (choice.Sum(key => sharers[key]), choice.Max(Breadth));
            if (best is null || cost.CompareTo(bestCost) < 0)
            {
                best = choice;
                bestCost = cost;
            }
        }

        CommonRules += best is null || best.Any(key => key is { Kind: PatternKind.Prefix, Text: "" }) ? 1 : 0;
        if (best is null)
        {
            _unconditional.Add(ruleIndex);
            return;
        }

        foreach (var key in best)
        {
            if (!_attributes.TryGetValue(key.Attribute, out var index))
            {
                _attributes.Add(key.Attribute, index = new AttributeIndex(AddressText.IsAddressAttribute(key.Attribute)));
            }

            index.Add(key, ruleIndex);
        }
    }
}
