using System.Text.Json.Nodes;

namespace Throttle.Core.Fields;

/// <summary>A text, or none.</summary>
/// <param name="type">The kind's name in the reference, such as <c>time zone</c>.</param>
/// <param name="example">A text that may be written.</param>
/// <param name="faultOf">What is wrong with a text, to follow the name, or null.</param>
internal sealed class TextKind(string type, string example, Func<string, string?> faultOf) : FieldKind<string?>
{
    public override string Type => type;

    public override string Advice => $"use a text such as {example}";

    public override string? Read(MapReader from, string name, FieldNode node, string? standIn) => from.Text(name, node) ?? standIn;

    public override JsonNode? Write(string? value) => value;

    public override string? Show(string? value) => value;

    public override string Quote(string? value) => $"'{ShownText.Of(value)}'";

    public override void Check(string path, string name, string? value, Action<string, string> add)
    {
        if (value is not null && faultOf(value) is { } fault)
        {
            add(path, $"{name} {fault}");
        }
    }

    public override void Pack(string? value, PackWriter to) => to.Add(value);

    public override string? Unpack(PackReader from, string? standIn) => from.TryText(out var text) ? text : standIn;

    public override JsonObject Schema() => new() { ["type"] = "string", ["examples"] = new JsonArray(example) };
}
