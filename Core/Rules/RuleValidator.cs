namespace Throttle.Core.Rules;

/// <summary>Finds everything that is wrong with a set of rules.</summary>
public static class RuleValidator
{
    /// <summary>Every fault of the set, in the order of the rules; none when it is good. Paths are such as <c>rules[2].limit.capacity</c>.</summary>
    public static IReadOnlyList<RuleFault> Validate(IReadOnlyList<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var faults = new List<RuleFault>();
        if (rules.Count > RuleLimits.MaxRules)
        {
            faults.Add(new RuleFault("rules", $"There are {rules.Count} rules; use at most {RuleLimits.MaxRules}."));
            return faults;
        }

        var firstPlaces = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < rules.Count; i++)
        {
            var (rule, index) = (rules[i], i);
            if (rule is null)
            {
                Add("", "there is none");
                continue;
            }

            RuleFields.Check(rule, Add);
            if (rule.Id is { Length: > 0 } id && !firstPlaces.TryAdd(id, i))
            {
                Add("id", $"the id is that of rules[{firstPlaces[id]}] too; ids must be unique");
            }

            void Add(string field, string message)
            {
                var name = string.IsNullOrEmpty(rule?.Id) ? $"Rule {index + 1}" : $"Rule '{ShownText.Of(rule.Id)}'";
                faults.Add(new(field.Length == 0 ? $"rules[{index}]" : $"rules[{index}].{field}", $"{name}: {message}."));
            }
        }

        return faults;
    }
}
