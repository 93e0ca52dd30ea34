using System.Text.Json.Nodes;
using Throttle.Core.Fields;
using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules.Fields;

/// <summary>The conditions of a rule: a mapping of attributes to patterns.</summary>
internal sealed class MatchKind : FieldKind<ValueList<Condition>>
{
    public override string Type => "mapping";

    public override string Range => $"0 to {RuleLimits.MaxConditions} attributes, each with 1 to {RuleLimits.MaxPatterns} patterns";

    public override string Advice => "use a mapping of attributes to patterns";

    public override ValueList<Condition> Read(MapReader from, string name, FieldNode node, ValueList<Condition> standIn) =>
        from.Map(name, node, "of attributes to patterns") is { } attributes
            ? [.. attributes.Names.Select(attribute => new Condition(attribute, attributes.Texts(attribute, attributes.Find(attribute))))]
            : standIn;

    public override JsonNode Write(ValueList<Condition> value)
    {
        var json = new JsonObject();
        foreach (var condition in value)
        {
            json[condition.Attribute] = TextList.Write(condition.Patterns);
        }

        return json;
    }

    public override string Show(ValueList<Condition> value) => value.Count == 0 ? "every request" : Write(value).ToJsonString();

    public override void AddTexts(string path, ValueList<Condition> value, List<(string Name, string Text)> to)
    {
        foreach (var condition in value)
        {
            to.Add(($"{path}.{condition.Attribute}", TextList.Show(condition.Patterns)));
        }

        // Conditions must all hold, so their order matters to no request; but it is in the file, and equality sees it.
        if (value.Count > 1)
        {
            to.Add(($"{path} (order)", string.Join(", ", value.Select(condition => condition.Attribute))));
        }
    }

    public override void Check(string path, string name, ValueList<Condition> value, Action<string, string> add)
    {
        if (value is null || value.Count > RuleLimits.MaxConditions)
        {
            add(path, $"there are {value?.Count ?? 0} conditions; use 0 to {RuleLimits.MaxConditions}");
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var condition in value)
        {
            var at = $"{path}.{ShownText.Of(condition?.Attribute)}";
            if (AttributeName.FaultOf(condition?.Attribute) is { } fault)
            {
                add(at, $"the attribute name '{ShownText.Of(condition?.Attribute)}' {fault}");
            }
            else if (!names.Add(condition!.Attribute))
            {
                add(at, $"the attribute '{condition.Attribute}' has two conditions; give it one");
            }

            CheckPatterns(at, condition?.Patterns, condition?.Attribute is { } attribute && AddressText.IsAddressAttribute(attribute), add);
        }
    }

    public override void Pack(ValueList<Condition> value, PackWriter to)
    {
        to.Add(value.Count);
        foreach (var condition in value)
        {
            to.Add(condition.Attribute);
            to.Add(condition.Patterns);
        }
    }

    public override ValueList<Condition> Unpack(PackReader from, ValueList<Condition> standIn) =>
        [.. Enumerable.Range(0, from.Count()).Select(_ => new Condition(from.Text(), from.TextList()))];

    public override JsonObject Schema() => new() { ["type"] = "object", ["additionalProperties"] = TextList.Schema() };

    private static void CheckPatterns(string path, ValueList<string>? patterns, bool isAddress, Action<string, string> add)
    {
        var count = patterns?.Count ?? 0;
        if (count is 0 or > RuleLimits.MaxPatterns)
        {
            add(path, $"there are {count} patterns; use 1 to {RuleLimits.MaxPatterns}");
            return;
        }

        for (var i = 0; i < count; i++)
        {
            if (FaultOf(patterns![i], isAddress) is { } fault)
            {
                add(count == 1 ? path : $"{path}[{i}]", $"the pattern {fault}");
            }
        }
    }

    private static string? FaultOf(string pattern, bool isAddress) =>
        string.IsNullOrEmpty(pattern) ? $"is empty; use 1 to {RuleLimits.MaxPatternLength} characters"
        : pattern.Length > RuleLimits.MaxPatternLength ? $"has {pattern.Length} characters; use 1 to {RuleLimits.MaxPatternLength}"
        : PatternText.HasHalfCharacter(pattern) ? $"'{ShownText.Of(pattern)}' holds half a character"
        : Pattern.Check(pattern, isAddress) is { } fault ? $"is '{ShownText.Of(pattern)}': {fault}"
        : null;
}
