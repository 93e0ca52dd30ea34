using System.Text.Json.Nodes;

namespace Throttle.Core.Fields;

/// <summary>A list of mappings.</summary>
/// <param name="table">The fields of an item.</param>
/// <param name="usual">The item for one that cannot be read.</param>
/// <param name="max">The most items; there must be at least one.</param>
/// <param name="holds">What an item holds, to follow "mappings": <c>with capacity and refill</c>.</param>
internal sealed class ListKind<T>(FieldTable<T> table, T usual, int max, string holds) : FieldKind<ValueList<T>>
{
    public override string Type => "list";

    public override string Range => $"1 to {max} items";

    public override string Advice => $"use a list of mappings {holds}";

    public override ValueList<T> Read(MapReader from, string name, FieldNode node, ValueList<T> standIn)
    {
        if (node is FieldList list)
        {
            return [.. list.Items.Select((item, i) => ReadItem(from, $"{name}[{i}]", item))];
        }

        from.Fault(name, $"'{name}' is {node.Kind}; use a list of mappings {holds}.", node.Line);
        return standIn;
    }

    public override JsonNode Write(ValueList<T> value) => new JsonArray([.. value.Select(item => table.Write(item))]);

    public override string Show(ValueList<T> value) => Write(value).ToJsonString();

    public override void AddTexts(string path, ValueList<T> value, List<(string Name, string Text)> to)
    {
        for (var i = 0; i < value.Count; i++)
        {
            table.AddTexts($"{path}[{i}].", value[i], to);
        }
    }

    public override void Check(string path, string name, ValueList<T> value, Action<string, string> add)
    {
        var count = value?.Count ?? 0;
        if (count == 0 || count > max)
        {
            add(path, $"{name} has {count} items; use 1 to {max}");
            return;
        }

        for (var i = 0; i < count; i++)
        {
            table.Check($"{path}[{i}].", $"{name}[{i}].", value![i], add);
        }
    }

    public override void Pack(ValueList<T> value, PackWriter to)
    {
        to.Add(value.Count);
        foreach (var item in value)
        {
            table.Pack(item, to);
        }
    }

    public override ValueList<T> Unpack(PackReader from, ValueList<T> standIn)
    {
        var count = from.Count();
        var items = new T[count];
        for (var i = 0; i < count; i++)
        {
            items[i] = table.Unpack(from);
        }

        return [.. items];
    }

    public override JsonObject Schema() => new() { ["type"] = "array", ["items"] = table.Schema(), ["minItems"] = 1, ["maxItems"] = max };

    public override IEnumerable<FieldDescription> Describe(FieldDescription field) => table.Describe($"{field.Name}[].").Prepend(field);

    private T ReadItem(MapReader from, string path, FieldNode item)
    {
        if (item is FieldMap map)
        {
            return table.Read(new MapReader(map, from.PathOf(path), from.Faults));
        }

        from.Fault(path, $"An item of this list is a mapping {holds}, not {item.Kind}.", item.Line);
        return usual;
    }
}
