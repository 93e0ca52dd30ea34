using System.Text.Json.Nodes;

namespace Throttle.Core.Fields;

/// <summary>A field that holds one value.</summary>
/// <param name="name">The name in rule files.</param>
/// <param name="kind">The kind of value.</param>
/// <param name="get">Reads it from an object.</param>
/// <param name="with">A copy of an object with another value.</param>
/// <param name="help">What the field does, in one sentence for the reference.</param>
internal sealed class Field<T, TValue>(string name, FieldKind<TValue> kind, Func<T, TValue> get, Func<T, TValue, T> with, string help) : Field<T>
{
    /// <summary>Whether it must be given. Otherwise the default is that of the table's blank object.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Tells whether the field applies to an object; null for always.</summary>
    public Func<T, bool>? AppliesTo { get; init; }

    /// <summary>The message when a field is given that does not apply, to follow "name is value, which": <c>goes with calendar, not with window</c>.</summary>
    public string Otherwise { get; init; } = "does not apply here";

    /// <inheritdoc/>
    public override T Read(MapReader from, T value, T usual)
    {
        var node = IsRequired ? from.Need(name, kind.Advice) : from.Find(name);
        return node is null ? value : with(value, kind.Read(from, name, node, get(usual)));
    }

    /// <inheritdoc/>
    public override void Write(T value, T usual, JsonObject to)
    {
        if ((IsRequired || !IsUsual(value, usual)) && Applies(value) && kind.Write(get(value)) is { } node)
        {
            to[name] = node;
        }
    }

    /// <inheritdoc/>
    public override void AddTexts(string prefix, T value, List<(string Name, string Text)> to)
    {
        if (Applies(value))
        {
            kind.AddTexts(prefix + name, get(value), to);
        }
    }

    /// <inheritdoc/>
    public override void Check(string prefix, string label, T value, T usual, Action<string, string> add)
    {
        if (Applies(value))
        {
            kind.Check(prefix + name, label + name, get(value), add);
        }
        else if (!IsUsual(value, usual))
        {
            add(prefix + name, $"{label}{name} is {kind.Quote(get(value))}, which {Otherwise}");
        }
    }

    /// <inheritdoc/>
    public override void Pack(T value, PackWriter to) => kind.Pack(get(value), to);

    /// <inheritdoc/>
    public override T Unpack(PackReader from, T value)
    {
        try
        {
            from.IsRequired = IsRequired;
            return with(value, kind.Unpack(from, get(value)));
        }
        catch (FormatException e)
        {
            throw new FormatException($"{name}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override void AddSchema(JsonObject properties, JsonArray required)
    {
        var schema = kind.Schema();
        schema["description"] = help;
        properties[name] = schema;
        if (IsRequired)
        {
            required.Add((JsonNode)name);
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<FieldDescription> Describe(string prefix, T usual) =>
        kind.Describe(new(prefix + name, kind.Type, kind.Range, IsRequired ? null : kind.Show(get(usual)) ?? "none", help));

    private bool Applies(T value) => AppliesTo is null || AppliesTo(value);

    private bool IsUsual(T value, T usual) => EqualityComparer<TValue>.Default.Equals(get(value), get(usual));
}
