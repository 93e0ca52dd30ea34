using System.Text.Json.Nodes;
using Throttle.Core.Fields;
using Throttle.Core.Limiters;
using Throttle.Core.Rules.Fields;

namespace Throttle.Core.Rules;

/// <summary>
/// The fields of a rule. Rule files, JSON, comparisons, checks, the form in which rules travel, the schema and the reference all
/// follow from one table.
/// </summary>
public static class RuleFields
{
    private static readonly Rule Usual = new() { Id = "", Limit = new GcraSpec(new Rate(1, TimeSpan.TicksPerSecond), 1) };

    private static readonly FieldTable<Rule> Table = new(
        Usual,
        new Field<Rule, ValueList<Condition>>("match", new MatchKind(), r => r.Match, (r, v) => r with { Match = v }, "Conditions that must all hold; without any, every request matches."),
        new Field<Rule, ValueList<KeyPart>>("key", new KeyKind(), r => r.Key, (r, v) => r with { Key = v }, "Attributes whose values make the bucket; without any, there is one bucket for all."),
        new Field<Rule, LimiterSpec>("limit", new LimitKind(), r => r.Limit, (r, v) => r with { Limit = v }, "The algorithm and its numbers.") { IsRequired = true },
        new Field<Rule, Delivery?>("deliver", Delivery.Kind, r => r.Deliver, (r, v) => r with { Deliver = v }, "How a queue delivers the work handed over to it."),
        new Field<Rule, Cost>("cost", new CostKind(), r => r.Cost, (r, v) => r with { Cost = v }, "The price of one unit of a request."),
        new Field<Rule, RuleMode>("mode", new WordKind<RuleMode>(), r => r.Mode, (r, v) => r with { Mode = v }, "Whether the rule refuses, only counts, or sleeps."),
        new Field<Rule, OnError>("on-error", new WordKind<OnError>(), r => r.OnError, (r, v) => r with { OnError = v }, "The answer when none can be had."),
        new Field<Rule, OnChange>("on-change", new WordKind<OnChange>(), r => r.OnChange, (r, v) => r with { OnChange = v }, "How live buckets are carried over when the numbers change."),
        new Field<Rule, Durability>("durability", new WordKind<Durability>(), r => r.Durability, (r, v) => r with { Durability = v }, "Where a cluster keeps the buckets."),
        new Field<Rule, bool>("replicate", Kinds.Flag, r => r.Replicate, (r, v) => r with { Replicate = v }, "Whether regions share the buckets; only for a token bucket with one bandwidth."))
    {
        ChecksTogether = CheckTogether,
    };

    /// <summary>Reads a rule. Faulty fields have stand-ins, and the faults are noted.</summary>
    /// <param name="node">The rule.</param>
    /// <param name="path">Its path, such as <c>rules[0]</c>.</param>
    /// <param name="faults">Receives the faults.</param>
    /// <param name="id">The id that the rule must have; it may leave its own out then. Null for its own.</param>
    public static Rule Read(FieldNode node, string path, FieldFaults faults, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(faults);
        if (node is not FieldMap map)
        {
            faults.Add(path, node.Line, $"A rule is a mapping, not {node.Kind}.");

            // The check would complain of the stand-in's id besides.
            faults.Mute($"{path}.id");
            return Usual;
        }

        var fields = new MapReader(map, path, faults);
        var ownId = ReadId(fields, id);
        return Table.Read(fields) with { Id = ownId };
    }

    /// <summary>Reads a rule file: <c>version</c> and <c>rules</c>. Faulty fields have stand-ins, and the faults are noted.</summary>
    /// <param name="node">The file.</param>
    /// <param name="faults">Receives the faults, those of the set of rules included.</param>
    public static IReadOnlyList<Rule> ReadFile(FieldNode node, FieldFaults faults)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(faults);
        if (node is not FieldMap map)
        {
            faults.Add("", 1, "A rule file is a mapping with the fields version and rules.");
            return [];
        }

        var file = new MapReader(map, "", faults);
        var version = file.Text("version", file.Need("version", "write version: 1"));
        if (version is not (null or "1"))
        {
            file.Fault("version", $"'version' is '{ShownText.Of(version)}'; this build reads version 1.");
        }

        var list = file.Need("rules", "write a list, [] for no rules");
        var rules = list is null ? [] : ReadList(list, file);
        file.RefuseOthers();
        return rules;
    }

    /// <summary>A rule as JSON, with the names and the texts of the YAML form. Defaults are left out.</summary>
    public static JsonObject ToJson(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return Table.Write(rule, new() { ["id"] = rule.Id });
    }

    /// <summary>A rule file as JSON: <c>version</c> (of the form, 1) and <c>rules</c>.</summary>
    public static JsonObject ToJson(IEnumerable<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new JsonObject { ["version"] = 1, ["rules"] = new JsonArray([.. rules.Select(ToJson)]) };
    }

    /// <summary>A rule without its id as numbers and texts, for wires and storage.</summary>
    public static (long[] Numbers, string?[] Texts) Pack(Rule rule)
    {
        var to = new PackWriter();
        Table.Pack(rule, to);
        return (to.Numbers, to.Texts);
    }

    /// <summary>The rule that <see cref="Pack(Rule)"/> wrote.</summary>
    /// <exception cref="FormatException">It uses something that this version does not know.</exception>
    public static Rule Unpack(string id, long[] numbers, string?[] texts)
    {
        var from = new PackReader(numbers, texts);
        var rule = Table.Unpack(from) with { Id = id };
        from.End();
        return rule;
    }

    /// <summary>The numbers of a limit, for wires and storage; its algorithm goes by name beside them.</summary>
    public static (long[] Numbers, string?[] Texts) Pack(LimiterSpec limit)
    {
        ArgumentNullException.ThrowIfNull(limit);
        var to = new PackWriter();
        limit.Kind.Pack(limit, to);
        return (to.Numbers, to.Texts);
    }

    /// <summary>The limit that <see cref="Pack(LimiterSpec)"/> wrote.</summary>
    /// <exception cref="FormatException">It uses something that this version does not know.</exception>
    public static LimiterSpec UnpackLimit(string algorithm, long[] numbers, string?[] texts)
    {
        var from = new PackReader(numbers, texts);
        var limit = Algorithms.Find(algorithm)?.Unpack(from)
            ?? throw new FormatException($"The algorithm '{algorithm}' is not known to this version of Throttle.");
        from.End();
        return limit;
    }

    /// <summary>The JSON Schema of a rule.</summary>
    public static JsonObject Schema() => Table.Schema(new()
    {
        ["id"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[a-z0-9-]+$", ["maxLength"] = RuleLimits.MaxIdLength, ["description"] = "The rule's name." },
    });

    /// <summary>The JSON Schema (draft 2020-12) of a rule file.</summary>
    public static JsonObject FileSchema() => new()
    {
        ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
        ["title"] = "Throttle rule file",
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["version"] = new JsonObject { ["const"] = 1 },
            ["rules"] = new JsonObject { ["type"] = "array", ["maxItems"] = RuleLimits.MaxRules, ["items"] = Schema() },
        },
        ["required"] = new JsonArray("version", "rules"),
        ["additionalProperties"] = false,
    };

    /// <summary>The rows of the reference: every field of a rule, without those of its limit.</summary>
    public static IEnumerable<FieldDescription> Describe() => Table.Describe().Prepend(
        new("id", "text", $"1 to {RuleLimits.MaxIdLength} of a-z, 0-9 and -", null, "The rule's name, unique among all rules."));

    /// <summary>The faults of a limit that no rule has, each as a sentence; none when it is good.</summary>
    /// <param name="limit">The algorithm and its numbers.</param>
    /// <param name="name">What has the limit, to begin the sentences with.</param>
    internal static List<string> FaultsOf(LimiterSpec limit, string name)
    {
        var faults = new List<string>();
        limit.Kind.Check("", limit, (_, message) => faults.Add($"{name}: {message}."));
        return faults;
    }

    /// <summary>Tells every fault of a rule: path and message, without the full stop.</summary>
    internal static void Check(Rule rule, Action<string, string> add)
    {
        CheckId(rule.Id, add);
        Table.Check("", "", rule, add);
    }

    /// <summary>A rule as named texts, as the rule file names and writes them, in file order.</summary>
    internal static List<(string Name, string Text)> ToTexts(Rule rule)
    {
        var texts = new List<(string Name, string Text)>();
        Table.AddTexts("", rule, texts);
        return texts;
    }

    private static List<Rule> ReadList(FieldNode node, MapReader file)
    {
        var rules = new List<Rule>();
        if (node is not FieldList list)
        {
            file.Fault("rules", $"'rules' is {node.Kind}; use a list.", node.Line);
        }
        else if (list.Items.Count > RuleLimits.MaxRules)
        {
            file.Fault("rules", $"There are {list.Items.Count} rules; use at most {RuleLimits.MaxRules}.", list.Line);
        }
        else
        {
            for (var i = 0; i < list.Items.Count; i++)
            {
                file.Faults.Place($"rules[{i}]", list.Items[i].Line);
                rules.Add(Read(list.Items[i], $"rules[{i}]", file.Faults));
            }
        }

        return rules;
    }

    private static string ReadId(MapReader fields, string? id)
    {
        if (id is null)
        {
            return fields.Text("id", fields.Need("id", "give the rule a name of its own")) ?? "";
        }

        var own = fields.Text("id", fields.Find("id"));
        if (own is not null && !string.Equals(own, id, StringComparison.Ordinal))
        {
            fields.Fault("id", $"'id' is '{ShownText.Of(own)}', but the rule is to be '{ShownText.Of(id)}'; leave it out or make them the same.");
        }

        return id;
    }

    private static void CheckId(string? id, Action<string, string> add)
    {
        if (string.IsNullOrEmpty(id))
        {
            add("id", $"the id is empty; use 1 to {RuleLimits.MaxIdLength} of the characters a-z, 0-9 and -");
        }
        else if (id.Length > RuleLimits.MaxIdLength)
        {
            add("id", $"the id has {id.Length} characters; use 1 to {RuleLimits.MaxIdLength}");
        }
        else if (id.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-"))
        {
            add("id", $"the id is '{ShownText.Of(id)}'; use only the characters a-z, 0-9 and -");
        }
    }

    private static void CheckTogether(Rule rule, Action<string, string> add)
    {
        if (rule is { Deliver: not null, Limit: not (QueueSpec or null) })
        {
            add("deliver", $"deliver goes with the algorithm queue, not with {rule.Limit.Algorithm}");
        }

        if (rule is { Replicate: true, Limit: not (null or TokenBucketSpec { Bandwidths.Count: 1 }) })
        {
            add("replicate", "replicate is true, which only algorithm token-bucket with one bandwidth can be; leave it out");
        }
    }
}
