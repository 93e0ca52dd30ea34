using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>Reads one rule.</summary>
internal sealed class RuleReader(RuleFileFaults faults)
{
    private static readonly LimiterSpec StandIn = new GcraSpec(new Rate(1, TimeSpan.TicksPerSecond), 1);

    /// <summary>The rule; where fields are faulty, with stand-ins, and the faults noted.</summary>
    /// <param name="node">The rule's node.</param>
    /// <param name="path">Its path.</param>
    /// <param name="id">The id it must have, or null for its own.</param>
    public Rule Read(RuleNode node, string path, string? id)
    {
        if (node is not RuleMap map)
        {
            faults.Add(path, node.Line, $"A rule is a mapping, not {node.Kind}.");

            // The validator would complain of the stand-in's id besides.
            faults.Mute($"{path}.id");
            return new Rule { Id = "", Limit = StandIn };
        }

        var fields = new FieldReader(map, path, faults);
        var rule = new Rule
        {
            Id = ReadId(fields, id),
            Match = ReadMatch(fields),
            Key = [.. fields.Texts("key", fields.Find("key"))],
            Limit = ReadLimit(fields),
            Deliver = ReadDelivery(fields),
            Cost = ReadCost(fields),
            Mode = fields.Word("mode", RuleMode.Enforce),
            OnError = fields.Word("on-error", OnError.Allow),
            OnChange = fields.Word("on-change", OnChange.Keep),
            Durability = fields.Word("durability", Durability.Auto),
            Replicate = fields.Flag("replicate"),
        };
        fields.RefuseOthers();
        return rule;
    }

    private static string ReadId(FieldReader fields, string? id)
    {
        if (id is null)
        {
            return fields.Text("id", fields.Need("id", "give the rule a name of its own")) ?? "";
        }

        var own = fields.Text("id", fields.Find("id"));
        if (own is not null && !string.Equals(own, id, StringComparison.Ordinal))
        {
            fields.Fault("id", $"'id' is '{Shown.Of(own)}', but the rule is to be '{Shown.Of(id)}'; leave it out or make them the same.");
        }

        return id;
    }

    private static Cost ReadCost(FieldReader fields)
    {
        if (fields.Text("cost", fields.Find("cost")) is not { } text)
        {
            return Cost.One;
        }

        var looksLikeNumber = text.Length > 0 && (char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.');
        return looksLikeNumber ? new Cost(fields.ParseNumber("cost", text) ?? 1) : new Cost(0, text);
    }

    private ValueList<Condition> ReadMatch(FieldReader fields)
    {
        switch (fields.Find("match"))
        {
            case null:
                return [];
            case RuleMap map:
                var attributes = new FieldReader(map, fields.PathOf("match"), faults);
                var names = map.Entries.Select(entry => entry.Name.Text).Distinct(StringComparer.Ordinal);
                return [.. names.Select(name => ReadCondition(attributes, name))];
            case { } other:
                fields.Fault("match", $"'match' is {other.Kind}; use a mapping of attributes to patterns.", other.Line);
                return [];
        }
    }

    private static Condition ReadCondition(FieldReader attributes, string name) =>
        new(name, attributes.Texts(name, attributes.Find(name)));

    private Delivery? ReadDelivery(FieldReader rule)
    {
        switch (rule.Find("deliver"))
        {
            case null:
                return null;
            case RuleMap map:
                return ReadDelivery(map, rule.PathOf("deliver"));
            case { } other:
                rule.Fault("deliver", $"'deliver' is {other.Kind}; use a mapping with url, timeout, attempts and backoff.", other.Line);
                return null;
        }
    }

    private Delivery ReadDelivery(RuleMap map, string path)
    {
        var fields = new FieldReader(map, path, faults);
        var usual = Delivery.Default;
        var attempts = fields.Text("attempts", fields.Find("attempts")) is { } text ? fields.ParseNumber("attempts", text) : null;
        var delivery = new Delivery
        {
            Url = fields.Text("url", fields.Find("url")),
            TimeoutTicks = fields.OptionalDuration("timeout", fields.Find("timeout")) ?? usual.TimeoutTicks,
            Attempts = (int)Math.Clamp(attempts ?? usual.Attempts, int.MinValue, int.MaxValue),
            BackoffTicks = fields.OptionalDuration("backoff", fields.Find("backoff")) ?? usual.BackoffTicks,
        };
        fields.RefuseOthers();
        return delivery;
    }

    private LimiterSpec ReadLimit(FieldReader rule)
    {
        switch (rule.Need("limit", "give it an algorithm and its numbers"))
        {
            case RuleMap map:
                return new LimitReader(new FieldReader(map, rule.PathOf("limit"), faults), faults).Read() ?? StandIn;
            case { } other:
                rule.Fault("limit", $"'limit' is {other.Kind}; use a mapping with algorithm and its numbers.", other.Line);
                return StandIn;
            default:
                return StandIn;
        }
    }
}
