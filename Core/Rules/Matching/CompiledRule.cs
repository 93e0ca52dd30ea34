using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules.Matching;

/// <summary>A rule, ready to be held against requests.</summary>
internal sealed class CompiledRule
{
    private readonly Rule _rule;

    public CompiledRule(Rule rule)
    {
        _rule = rule;
        Conditions = [.. rule.Match.Select(condition =>
            new CompiledCondition(condition.Attribute, Compile(condition)))];
        var needed = rule.Key.Select(part => part.Attribute);
        needed = rule.Cost.Attribute is { } cost ? needed.Append(cost) : needed;
        Needed = [.. needed.Distinct(StringComparer.Ordinal)];
        CostsOne = rule.Cost == Cost.One;
    }

    public CompiledCondition[] Conditions { get; }

    /// <summary>Attributes that must be there, whatever their values; each once.</summary>
    public string[] Needed { get; }

    /// <summary>Whether a unit costs one permit, as nearly always.</summary>
    public bool CostsOne { get; }

    public bool IsOff => _rule.Mode == RuleMode.Off;

    public bool IsMatch(in Attributes attributes)
    {
        foreach (var condition in Conditions)
        {
            if (attributes.Find(condition.Attribute) is not { } value || !condition.IsMatch(value))
            {
                return false;
            }
        }

        foreach (var name in Needed)
        {
            if (attributes.Find(name) is null)
            {
                return false;
            }
        }

        return !IsOff;
    }

    private static Pattern[] Compile(Condition condition)
    {
        var isAddress = AddressText.IsAddressAttribute(condition.Attribute);
        return [.. condition.Patterns.Distinct(StringComparer.Ordinal).Select(pattern => Pattern.Parse(pattern, isAddress))];
    }

    /// <summary>How many of the conditions and of the attributes that are needed hold before the first that does not.</summary>
    /// <param name="attributes">The request.</param>
    /// <param name="missing">The attribute that is missing there; null when it is there and does not match.</param>
    public int CountHolding(in Attributes attributes, out string? missing)
    {
        var holding = 0;
        missing = null;
        foreach (var name in Conditions.Select(condition => condition.Attribute).Concat(Needed))
        {
            if (attributes.Find(name) is not { } value)
            {
                missing = name;
                return holding;
            }

            if (holding < Conditions.Length && !Conditions[holding].IsMatch(value))
            {
                return holding;
            }

            holding++;
        }

        return holding;
    }

    /// <summary>The first thing that keeps the rule from matching, in words, or null when it matches.</summary>
    public string? FindObstacle(in Attributes attributes)
    {
        if (IsOff)
        {
            return "mode is off";
        }

        for (var i = 0; i < Conditions.Length; i++)
        {
            var name = Conditions[i].Attribute;
            if (attributes.Find(name) is not { } value)
            {
                return $"attribute '{name}' is missing";
            }

            if (!Conditions[i].IsMatch(value))
            {
                return $"{name} '{ShownText.Of(value)}' does not match {string.Join(" or ", _rule.Match[i].Patterns)}";
            }
        }

        foreach (var name in Needed)
        {
            if (attributes.Find(name) is null)
            {
                var use = _rule.Key.Any(part => string.Equals(part.Attribute, name, StringComparison.Ordinal)) ? "key" : "cost";
                return $"attribute '{name}' is missing, which makes the {use}";
            }
        }

        return null;
    }
}
