using System.Text.Json.Nodes;
using Throttle.Core.Fields;

namespace Throttle.Core.Rules.Fields;

/// <summary>The attributes that make a rule's key: one or a list.</summary>
internal sealed class KeyKind : FieldKind<ValueList<KeyPart>>
{
    public override string Type => "list";

    public override string Range => $"0 to {RuleLimits.MaxKeyAttributes} attributes";

    public override string Advice => "use an attribute or a list of them";

    public override ValueList<KeyPart> Read(MapReader from, string name, FieldNode node, ValueList<KeyPart> standIn) =>
        [.. from.Texts(name, node).Select(KeyPart.FromString)];

    // A list in any case, so that it reads as one.
    public override JsonNode Write(ValueList<KeyPart> value) => new JsonArray([.. value.Select(part => (JsonNode)part.ToString())]);

    public override string Show(ValueList<KeyPart> value) => TextList.Show(value.ToTexts());

    public override void Check(string path, string name, ValueList<KeyPart> value, Action<string, string> add)
    {
        if (value is null || value.Count > RuleLimits.MaxKeyAttributes)
        {
            add(path, $"there are {value?.Count ?? 0} key attributes; use 0 to {RuleLimits.MaxKeyAttributes}");
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < value.Count; i++)
        {
            var at = value.Count == 1 ? path : $"{path}[{i}]";
            if (FaultOf(value, i) is { } fault)
            {
                add(at, $"the key attribute '{ShownText.Of(value[i]?.ToString())}' {fault}");
            }
            else if (!names.Add(value[i].Attribute))
            {
                add(at, $"the key attribute '{value[i].Attribute}' is there twice; name it once");
            }
        }
    }

    public override void Pack(ValueList<KeyPart> value, PackWriter to) => to.Add(value.ToTexts());

    public override ValueList<KeyPart> Unpack(PackReader from, ValueList<KeyPart> standIn) => [.. from.TextList().Select(KeyPart.FromString)];

    public override JsonObject Schema() => TextList.Schema();

    private static string? FaultOf(ValueList<KeyPart> key, int index)
    {
        var part = key[index];
        if ((part?.Fault ?? AttributeName.FaultOf(part?.Attribute)) is { } fault)
        {
            return fault;
        }

        // Between brackets YAML takes the comma of ip/24,64 for the one of the list.
        var isCutOff = index > 0 && key[index - 1] is { TakesBlock: true } && part!.IsPlain && !part.Attribute.AsSpan().ContainsAnyExceptInRange('0', '9');
        return isCutOff ? $"is a number; to give two prefix lengths write \"{key[index - 1]},{part}\" in quotes" : null;
    }
}
