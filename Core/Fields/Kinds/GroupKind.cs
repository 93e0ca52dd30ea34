using System.Text.Json.Nodes;

namespace Throttle.Core.Fields;

/// <summary>A mapping with fields of its own, or none.</summary>
/// <param name="table">The fields.</param>
/// <param name="usual">The object for a mapping that cannot be read.</param>
/// <param name="holds">What the mapping holds, to follow "a mapping": <c>with url and timeout</c>.</param>
internal sealed class GroupKind<T>(FieldTable<T> table, T usual, string holds) : FieldKind<T?>
    where T : class
{
    public override string Type => "mapping";

    public override string Advice => $"use a mapping {holds}";

    public override T Read(MapReader from, string name, FieldNode node, T? standIn) =>
        from.Map(name, node, holds) is { } fields ? table.Read(fields) : usual;

    public override JsonNode? Write(T? value) => value is null ? null : table.Write(value);

    public override string? Show(T? value) => value is null ? null : table.Write(value).ToJsonString();

    public override void AddTexts(string path, T? value, List<(string Name, string Text)> to)
    {
        if (value is not null)
        {
            table.AddTexts($"{path}.", value, to);
        }
    }

    public override void Check(string path, string name, T? value, Action<string, string> add)
    {
        if (value is not null)
        {
            table.Check($"{path}.", "", value, add);
        }
    }

    public override void Pack(T? value, PackWriter to)
    {
        to.Add(value is null ? 0 : 1);
        if (value is not null)
        {
            table.Pack(value, to);
        }
    }

    public override T? Unpack(PackReader from, T? standIn) =>
        !from.TryNumber(out var has) ? standIn : has == 0 ? null : table.Unpack(from);

    public override JsonObject Schema() => table.Schema();

    public override IEnumerable<FieldDescription> Describe(FieldDescription field) => table.Describe($"{field.Name}.").Prepend(field);
}
