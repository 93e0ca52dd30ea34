namespace Throttle.Core.Rules;

/// <summary>What differs between two lists of rules, rule by rule.</summary>
/// <param name="Added">Rules only the new list has, in its order.</param>
/// <param name="Removed">Rules only the old list has, in its order.</param>
/// <param name="Changed">Rules that both have with different contents, in the new order.</param>
/// <param name="IsReordered">Whether the rules that both have stand in another order.</param>
public sealed record RuleDiff(
    IReadOnlyList<Rule> Added, IReadOnlyList<Rule> Removed, IReadOnlyList<RuleChange> Changed, bool IsReordered)
{
    /// <summary>Whether the lists are the same.</summary>
    public bool IsEmpty => Added.Count == 0 && Removed.Count == 0 && Changed.Count == 0 && !IsReordered;

    /// <summary>Compares two lists. Rules are told apart by their ids, which are unique in each.</summary>
    public static RuleDiff Between(IReadOnlyList<Rule> oldRules, IReadOnlyList<Rule> newRules)
    {
        ArgumentNullException.ThrowIfNull(oldRules);
        ArgumentNullException.ThrowIfNull(newRules);
        var before = oldRules.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
        var after = newRules.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
        var kept = newRules.Where(rule => before.ContainsKey(rule.Id)).ToList();
        return new RuleDiff(
            [.. newRules.Where(rule => !before.ContainsKey(rule.Id))],
            [.. oldRules.Where(rule => !after.ContainsKey(rule.Id))],
            [.. kept.Where(rule => !rule.Equals(before[rule.Id])).Select(rule => Change(before[rule.Id], rule))],
            !kept.Select(rule => rule.Id).SequenceEqual(oldRules.Select(rule => rule.Id).Where(after.ContainsKey), StringComparer.Ordinal));
    }

    private static RuleChange Change(Rule oldRule, Rule newRule)
    {
        var before = RuleFields.ToTexts(oldRule);
        var after = RuleFields.ToTexts(newRule);
        var fields = new List<RuleFieldChange>();
        foreach (var (name, text) in after)
        {
            var old = Find(before, name);
            if (!string.Equals(old, text, StringComparison.Ordinal))
            {
                fields.Add(new RuleFieldChange(name, old, text));
            }
        }

        fields.AddRange(before.Where(field => Find(after, field.Name) is null).Select(field => new RuleFieldChange(field.Name, field.Text, null)));
        return new RuleChange(newRule.Id, fields);
    }

    private static string? Find(List<(string Name, string Text)> fields, string name)
    {
        foreach (var field in fields)
        {
            if (string.Equals(field.Name, name, StringComparison.Ordinal))
            {
                return field.Text;
            }
        }

        return null;
    }
}
