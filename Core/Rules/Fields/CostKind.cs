using System.Text.Json.Nodes;
using Throttle.Core.Fields;
using Throttle.Core.Limiters;

namespace Throttle.Core.Rules.Fields;

/// <summary>The price of a unit: a number of permits, or the name of an attribute that holds it.</summary>
internal sealed class CostKind : FieldKind<Cost>
{
    public override string Type => "cost";

    public override string Range => $"0 to {Limits.MaxPermits}, or the name of an attribute";

    public override string Advice => "use a number of permits, or the name of an attribute";

    public override Cost Read(MapReader from, string name, FieldNode node, Cost standIn) =>
        from.Text(name, node) is not { } text ? standIn
        : LooksLikeNumber(text) ? new Cost(NumberKind.Parse(from, name, text) ?? 1)
        : new Cost(0, text);

    public override JsonNode Write(Cost value) => value.Attribute is { } attribute ? attribute : value.Permits;

    public override string Show(Cost value) => Write(value).ToString();

    public override void Check(string path, string name, Cost value, Action<string, string> add)
    {
        if (value.Attribute is not { } attribute)
        {
            if (value.Permits is < 0 or > Limits.MaxPermits)
            {
                add(path, $"the cost is {value.Permits}; use 0 to {Limits.MaxPermits}, or an attribute's name");
            }
        }
        else if (AttributeName.FaultOf(attribute) is { } fault)
        {
            add(path, $"the cost attribute '{ShownText.Of(attribute)}' {fault}");
        }
        else if (LooksLikeNumber(attribute))
        {
            // A file could not tell it from a number.
            add(path, $"the cost attribute '{attribute}' looks like a number; start it with a letter");
        }
    }

    public override void Pack(Cost value, PackWriter to)
    {
        to.Add(value.Permits);
        to.Add(value.Attribute);
    }

    public override Cost Unpack(PackReader from, Cost standIn) =>
        from.TryNumber(out var permits) && from.TryText(out var attribute) ? new(permits, attribute) : standIn;

    public override JsonObject Schema() => new()
    {
        ["oneOf"] = new JsonArray(
            new JsonObject { ["type"] = "integer", ["format"] = "int64", ["minimum"] = 0, ["maximum"] = Limits.MaxPermits },
            new JsonObject { ["type"] = "string" }),
    };

    private static bool LooksLikeNumber(string text) => text.Length > 0 && (char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.');
}
