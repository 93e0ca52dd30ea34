using System.Text.Json.Nodes;

namespace Throttle.Core.Fields;

/// <summary>The fields of a <typeparamref name="T"/>, in the order in which they are written.</summary>
/// <param name="usual">An object with the defaults, and with stand-ins for what must be given.</param>
/// <param name="fields">The fields.</param>
internal sealed class FieldTable<T>(T usual, params Field<T>[] fields)
{
    /// <summary>Completes an object that was read, for what depends on whether a field was given at all.</summary>
    public Func<MapReader, T, T>? Completes { get; init; }

    /// <summary>Tells the faults that concern more than one field: path and message.</summary>
    public Action<T, Action<string, string>>? ChecksTogether { get; init; }

    /// <summary>The object that a mapping describes. Faulty fields have their stand-ins, and the faults are noted.</summary>
    public T Read(MapReader from)
    {
        var value = ReadFields(from);
        from.RefuseOthers();
        return value;
    }

    /// <summary>As <see cref="Read"/>, from a mapping that has other fields too.</summary>
    public T ReadFields(MapReader from)
    {
        var value = usual;
        foreach (var field in fields)
        {
            value = field.Read(from, value, usual);
        }

        return Completes is null ? value : Completes(from, value);
    }

    /// <summary>Adds the fields to a JSON object, without those that have their defaults.</summary>
    public JsonObject Write(T value, JsonObject? to = null)
    {
        to ??= [];
        foreach (var field in fields)
        {
            field.Write(value, usual, to);
        }

        return to;
    }

    /// <summary>Adds the fields as named texts, defaults included.</summary>
    public void AddTexts(string prefix, T value, List<(string Name, string Text)> to)
    {
        foreach (var field in fields)
        {
            field.AddTexts(prefix, value, to);
        }
    }

    /// <summary>Tells every fault: path and message, without the full stop.</summary>
    public void Check(string prefix, string label, T value, Action<string, string> add)
    {
        foreach (var field in fields)
        {
            field.Check(prefix, label, value, usual, add);
        }

        ChecksTogether?.Invoke(value, (path, message) => add(prefix + path, message));
    }

    /// <summary>Appends the fields.</summary>
    public void Pack(T value, PackWriter to)
    {
        foreach (var field in fields)
        {
            field.Pack(value, to);
        }
    }

    /// <summary>The object that <see cref="Pack"/> wrote.</summary>
    /// <exception cref="FormatException">It uses something that this version does not know.</exception>
    public T Unpack(PackReader from)
    {
        var value = usual;
        foreach (var field in fields)
        {
            value = field.Unpack(from, value);
        }

        return value;
    }

    /// <summary>A JSON Schema of the object.</summary>
    public JsonObject Schema(JsonObject? first = null)
    {
        var (properties, required) = (first ?? [], new JsonArray([.. (first ?? []).Select(property => (JsonNode)property.Key)]));
        foreach (var field in fields)
        {
            field.AddSchema(properties, required);
        }

        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0)
        {
            schema["required"] = required;
        }

        schema["additionalProperties"] = false;
        return schema;
    }

    /// <summary>The rows of the reference.</summary>
    public IEnumerable<FieldDescription> Describe(string prefix = "") => fields.SelectMany(field => field.Describe(prefix, usual));
}
