namespace Throttle.Core.Rules;

/// <summary>A rule was named that is not there, or is no longer.</summary>
public sealed class UnknownRuleException : ArgumentException
{
    private const int MostNamed = 20;

    /// <summary>Says which rule is missing, and which there are.</summary>
    /// <param name="ruleId">The name that was given.</param>
    /// <param name="rules">The rules in force.</param>
    public UnknownRuleException(string ruleId, RuleSet rules)
        : base(Say(ruleId, rules))
    {
        (RuleId, Rules) = (ruleId, rules);
    }

    /// <summary>The name that was given.</summary>
    public string RuleId { get; }

    /// <summary>The rules that were in force.</summary>
    public RuleSet Rules { get; }

    private static string Say(string ruleId, RuleSet rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var names = string.Join(", ", rules.Rules.Take(MostNamed).Select(rule => rule.Id));
        var others = rules.Rules.Length > MostNamed ? $" and {rules.Rules.Length - MostNamed} more" : "";
        return $"There is no rule '{ShownText.Of(ruleId)}'; there {(rules.Rules.IsEmpty ? "are none" : $"are {names}{others}")}.";
    }
}
