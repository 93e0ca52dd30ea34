using System.Text.Json.Nodes;
using Throttle.Core.Fields;
using Throttle.Core.Limiters;

namespace Throttle.Core.Rules.Fields;

/// <summary>The limit of a rule: a mapping with the algorithm's name and its fields.</summary>
internal sealed class LimitKind : FieldKind<LimiterSpec>
{
    private static readonly string Names = string.Join(", ", Algorithms.All.Select(algorithm => algorithm.Name));

    public override string Type => "mapping";

    public override string Advice => "give it an algorithm and its numbers";

    public override LimiterSpec Read(MapReader from, string name, FieldNode node, LimiterSpec standIn)
    {
        if (from.Map(name, node, "with algorithm and its numbers") is not { } fields)
        {
            return standIn;
        }

        if (fields.Text("algorithm", fields.Need("algorithm", $"use one of {Names}")) is not { } word)
        {
            return standIn;
        }

        if (Algorithms.Find(word) is { } algorithm)
        {
            return algorithm.Read(fields);
        }

        fields.Fault("algorithm", $"'algorithm' is '{ShownText.Of(word)}'; use {Names}.{Nearest.Hint(word, Algorithms.All.Select(a => a.Name))}");
        return standIn;
    }

    public override JsonNode Write(LimiterSpec value)
    {
        var json = new JsonObject { ["algorithm"] = value.Kind.Name };
        value.Kind.Write(value, json);
        return json;
    }

    public override string Show(LimiterSpec value) => Write(value).ToJsonString();

    public override void AddTexts(string path, LimiterSpec value, List<(string Name, string Text)> to)
    {
        to.Add(($"{path}.algorithm", value.Kind.Name));
        value.Kind.AddTexts($"{path}.", value, to);
    }

    public override void Check(string path, string name, LimiterSpec value, Action<string, string> add)
    {
        if (value is null)
        {
            add(path, "the limit is missing");
        }
        else
        {
            value.Kind.Check($"{path}.", value, add);
        }
    }

    public override void Pack(LimiterSpec value, PackWriter to)
    {
        to.Add(value.Kind.Name);
        value.Kind.Pack(value, to);
    }

    public override LimiterSpec Unpack(PackReader from, LimiterSpec standIn)
    {
        var name = from.Text();
        return Algorithms.Find(name) is { } algorithm
            ? algorithm.Unpack(from)
            : throw new FormatException($"The algorithm '{name}' is not known to this version of Throttle.");
    }

    public override JsonObject Schema() => new() { ["oneOf"] = new JsonArray([.. Algorithms.All.Select(algorithm => algorithm.Schema())]) };
}
