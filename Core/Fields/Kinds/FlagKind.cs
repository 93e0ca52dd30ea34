using System.Text.Json.Nodes;

namespace Throttle.Core.Fields;

/// <summary><c>true</c> or <c>false</c>.</summary>
internal sealed class FlagKind : FieldKind<bool>
{
    public override string Type => "flag";

    public override string Range => "true, false";

    public override string Advice => "use true or false";

    public override bool Read(MapReader from, string name, FieldNode node, bool standIn)
    {
        var text = from.Text(name, node);
        if (text is not (null or "true" or "false"))
        {
            from.Fault(name, $"'{name}' is '{ShownText.Of(text)}'; use true or false.{Nearest.Hint(text, ["true", "false"])}");
        }

        return text is "true" || (text is not "false" && standIn);
    }

    public override JsonNode Write(bool value) => value;

    public override string Show(bool value) => value ? "true" : "false";

    public override void Check(string path, string name, bool value, Action<string, string> add)
    {
    }

    public override void Pack(bool value, PackWriter to) => to.Add(value ? 1 : 0);

    public override bool Unpack(PackReader from, bool standIn) => from.TryNumber(out var value) ? value != 0 : standIn;

    public override JsonObject Schema() => new() { ["type"] = "boolean" };
}
