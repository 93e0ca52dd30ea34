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
            var check = new RuleCheck(rules[i], i, faults);
            check.Run();
            if (rules[i]?.Id is { Length: > 0 } id && !firstPlaces.TryAdd(id, i))
            {
                check.Add("id", $"the id is that of rules[{firstPlaces[id]}] too; ids must be unique");
            }
        }

        return faults;
    }
}
