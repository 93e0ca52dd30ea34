namespace Throttle.Core.Rules;

public sealed partial class RuleSet
{
    /// <summary>
    /// What <see cref="Match"/> makes of each rule and why, in the rules' order. Slower than matching, and in words.
    /// </summary>
    public IReadOnlyList<RuleExplanation> Explain(in Attributes attributes)
    {
        var compiled = CompiledFor(attributes).All;
        var explanations = new RuleExplanation[Rules.Length];
        for (var i = 0; i < explanations.Length; i++)
        {
            var obstacle = compiled[i].FindObstacle(attributes);
            explanations[i] = obstacle is null
                ? new RuleExplanation(Rules[i], Matches: true, Describe(Rules[i]), Rules[i].KeyOf(attributes))
                : new RuleExplanation(Rules[i], Matches: false, obstacle, Key: null);
        }

        return explanations;
    }

    /// <summary>
    /// The rule that comes nearest to a request that none matches, and what keeps it from matching: the rule with the most
    /// conditions that hold, and of equals the first. Looks at the first 1,000 rules. Null when there is none in force.
    /// </summary>
    internal (Rule Rule, string Reason)? FindNearest(in Attributes attributes)
    {
        const int MostRules = 1_000;
        var compiled = CompiledFor(attributes).All;
        (Rule, string)? nearest = null;
        var most = -1;
        for (var i = 0; i < Math.Min(compiled.Length, MostRules); i++)
        {
            var holding = compiled[i].CountHolding(attributes, out var missing);
            if (holding > most && Rules[i].Mode != RuleMode.Off && compiled[i].FindObstacle(attributes) is { } reason)
            {
                most = holding;
                nearest = (Rules[i], missing is null ? reason : reason + HintFor(missing, attributes));
            }
        }

        return nearest;
    }

    private static string HintFor(string missing, in Attributes attributes)
    {
        var names = new List<string>();
        for (var i = 0; i < attributes.Count; i++)
        {
            names.Add(attributes[i].Name);
        }

        return Nearest.Of(missing, names) is { } near ? $" (the request has '{ShownText.Of(near)}')" : "";
    }

    private static string Describe(Rule rule) =>
        rule.Match.Count == 0 && rule.Key.Count == 0
            ? "matches every request"
            : string.Join(
                ", ",
                [
                    .. rule.Match.Select(condition => $"{condition.Attribute} matches {string.Join(" or ", condition.Patterns)}"),
                    .. rule.Key.Select(part => $"attribute '{part.Attribute}' is there"),
                ]);
}
