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
