using Throttle.Core;
using Throttle.Core.Limiters;

namespace Throttle.Api.RuleFiles;

/// <summary>Reads the <c>adaptive</c> of a leaky bucket.</summary>
internal sealed class AdaptiveReader(FieldReader limit, RuleFileFaults faults)
{
    private const string AFactor = "use a factor such as 0.15";

    /// <summary>The numbers; what is faulty is noted, and reads as its default.</summary>
    public AdaptiveNumbers Read(RuleNode node)
    {
        var defaults = new AdaptiveNumbers();
        if (node is not RuleMap map)
        {
            limit.Fault("adaptive", $"'adaptive' is {node.Kind}; use a mapping such as {{ min-factor: 0.1, max-factor: 10 }}.", node.Line);
            return defaults;
        }

        var fields = new FieldReader(map, limit.PathOf("adaptive"), faults);
        var numbers = defaults with
        {
            MinFactor = fields.Factor("min-factor", fields.Find("min-factor"), defaults.MinFactor),
            MaxFactor = fields.Factor("max-factor", fields.Find("max-factor"), defaults.MaxFactor),
            Map = fields.Find("map") is { } rows ? ReadMap(fields, rows) : defaults.Map,
            Mode = ReadChoice(fields, "mode", "elapsed", "per-call") ? AdaptiveMode.PerCall : AdaptiveMode.Elapsed,
            EveryTicks = fields.OptionalDuration("every", fields.Find("every")),
            IsSettable = ReadChoice(fields, "settable", "false", "true"),
        };
        fields.RefuseOthers();
        return numbers;
    }

    /// <summary>Which of two words there is; the first where it is missing or faulty.</summary>
    private static bool ReadChoice(FieldReader fields, string name, string first, string second)
    {
        if (fields.Text(name, fields.Find(name)) is not { } text || string.Equals(text, first, StringComparison.Ordinal))
        {
            return false;
        }

        if (!string.Equals(text, second, StringComparison.Ordinal))
        {
            fields.Fault(name, $"'{name}' is '{Shown.Of(text)}'; use {first} or {second}.{Nearest.Hint(text, [first, second])}");
            return false;
        }

        return true;
    }

    private IReadOnlyList<AdaptiveRow> ReadMap(FieldReader fields, RuleNode node)
    {
        if (node is RuleList list)
        {
            return [.. list.Items.Select((item, i) => ReadRow(fields.PathOf($"map[{i}]"), item))];
        }

        fields.Fault("map", $"'map' is {node.Kind}; use a list of mappings with capacity, low, low-factor, high and high-factor.", node.Line);
        return AdaptiveNumbers.DefaultMap;
    }

    private AdaptiveRow ReadRow(string path, RuleNode item)
    {
        if (item is not RuleMap map)
        {
            faults.Add(path, item.Line, $"A row of the map is a mapping with capacity, low, low-factor, high and high-factor, not {item.Kind}.");
            return AdaptiveNumbers.DefaultMap[AdaptiveNumbers.DefaultMap.Count - 1];
        }

        var fields = new FieldReader(map, path, faults);
        var row = new AdaptiveRow(
            fields.Number("capacity", "use a whole number from 0", standIn: 0),
            Need(fields, "low"),
            Need(fields, "low-factor"),
            Need(fields, "high"),
            Need(fields, "high-factor"));
        fields.RefuseOthers();
        return row;
    }

    private static Factor Need(FieldReader fields, string name) => fields.Factor(name, fields.Need(name, AFactor), Factor.One);
}
