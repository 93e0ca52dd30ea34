namespace Throttle.Core.Fields;

/// <summary>
/// Reads the fields of one mapping and notes what is wrong: a field that is missing, stands twice, is unknown or of the wrong
/// kind. A faulty field reads as its stand-in, so that the rest can be checked too.
/// </summary>
internal sealed class MapReader
{
    private readonly FieldMap _map;
    private readonly string _path;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public MapReader(FieldMap map, string path, FieldFaults faults)
    {
        _map = map;
        _path = path;
        Faults = faults;
        faults.Place(path, map.Line);
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, value) in map.Entries)
        {
            if (lines.TryGetValue(name.Text, out var first))
            {
                faults.Add(PathOf(name.Text), name.Line, $"'{ShownText.Of(name.Text)}' stands here a second time; the first is on line {first}.");
            }
            else
            {
                lines.Add(name.Text, name.Line);
                faults.Place(PathOf(name.Text), value is FieldScalar { IsNull: false } ? value.Line : name.Line);
            }
        }
    }

    /// <summary>Receives the faults.</summary>
    public FieldFaults Faults { get; }

    /// <summary>The names that stand in the mapping, each once, in order.</summary>
    public IEnumerable<string> Names => _map.Entries.Select(entry => entry.Name.Text).Distinct(StringComparer.Ordinal);

    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    public bool Has(string name) => _map.Entries.Any(entry => string.Equals(entry.Name.Text, name, StringComparison.Ordinal));

    /// <summary>The field's value, or null when there is none or nothing was written.</summary>
    public FieldNode? Find(string name)
    {
        var isFirst = _known.Add(name);
        foreach (var entry in _map.Entries)
        {
            if (string.Equals(entry.Name.Text, name, StringComparison.Ordinal))
            {
                if (entry.Value is not FieldScalar { IsNull: true })
                {
                    return entry.Value;
                }

                if (isFirst)
                {
                    Fault(name, $"'{ShownText.Of(name)}' has no value; give it one or leave it out.", entry.Name.Line);
                }

                return null;
            }
        }

        return null;
    }

    /// <summary>The field's value, and a fault when it is missing.</summary>
    public FieldNode? Need(string name, string what)
    {
        var node = Find(name);
        if (node is null && !Has(name))
        {
            Missing(name, what);
        }

        return node;
    }

    /// <summary>Notes that a field is missing.</summary>
    public void Missing(string name, string what) => Fault(name, $"'{name}' is missing; {what}.", _map.Line);

    /// <summary>The field's text; a fault and null when it is no single value.</summary>
    public string? Text(string name, FieldNode? node)
    {
        if (node is FieldScalar scalar)
        {
            return scalar.Text;
        }

        if (node is not null)
        {
            Fault(name, $"'{name}' is {node.Kind}; use a single value.", node.Line);
        }

        return null;
    }

    /// <summary>A reader of a mapping that is the value of a field; a fault and null when it is no mapping.</summary>
    /// <param name="name">The field.</param>
    /// <param name="node">Its value.</param>
    /// <param name="what">What the mapping holds, to follow "use a mapping".</param>
    public MapReader? Map(string name, FieldNode node, string what)
    {
        if (node is FieldMap map)
        {
            return new(map, PathOf(name), Faults);
        }

        Fault(name, $"'{name}' is {node.Kind}; use a mapping {what}.", node.Line);
        return null;
    }

    /// <summary>A single value or a list of them.</summary>
    public ValueList<string> Texts(string name, FieldNode? node)
    {
        switch (node)
        {
            case null:
                return [];
            case FieldScalar scalar:
                return [scalar.Text];
            case FieldList list:
                return [.. list.Items.Select((item, i) => Item(name, item, i))];
            default:
                Fault(name, $"'{name}' is {node.Kind}; use a single value or a list of them.", node.Line);
                return [];
        }
    }

    /// <summary>To be called last: every field that nobody asked for is a fault.</summary>
    public void RefuseOthers()
    {
        foreach (var (name, _) in _map.Entries.DistinctBy(entry => entry.Name.Text, StringComparer.Ordinal))
        {
            if (!_known.Contains(name.Text))
            {
                Fault(
                    name.Text,
                    $"'{ShownText.Of(name.Text)}' is not known here; use {string.Join(", ", _known)}.{Nearest.Hint(name.Text, _known)}",
                    name.Line);
            }
        }
    }

    public void Fault(string name, string message, int line = 0) => Faults.Add(PathOf(name), line, message);

    private string Item(string name, FieldNode item, int i)
    {
        var path = $"{name}[{i}]";
        Faults.Place(PathOf(path), item.Line);
        if (item is FieldScalar { IsNull: false } scalar)
        {
            return scalar.Text;
        }

        Fault(path, $"An item of '{name}' is {item.Kind}; use a single value.", item.Line);
        return "?";
    }
}
