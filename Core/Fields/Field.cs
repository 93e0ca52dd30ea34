using System.Text.Json.Nodes;

namespace Throttle.Core.Fields;

/// <summary>One field of a <typeparamref name="T"/>. From it, reading, writing, comparing, checking, the wire form, the schema and the reference follow.</summary>
internal abstract class Field<T>
{
    /// <summary>Reads the field into a copy of <paramref name="value"/>.</summary>
    public abstract T Read(MapReader from, T value, T usual);

    /// <summary>Writes the field, unless it has its default.</summary>
    public abstract void Write(T value, T usual, JsonObject to);

    /// <summary>Adds the field as named texts.</summary>
    public abstract void AddTexts(string prefix, T value, List<(string Name, string Text)> to);

    /// <summary>Tells the field's faults: path and message.</summary>
    /// <param name="prefix">To be put before the field's name in paths.</param>
    /// <param name="label">To be put before the field's name in messages.</param>
    /// <param name="value">The value.</param>
    /// <param name="usual">The defaults.</param>
    /// <param name="add">Receives path and message.</param>
    public abstract void Check(string prefix, string label, T value, T usual, Action<string, string> add);

    /// <summary>Appends the field.</summary>
    public abstract void Pack(T value, PackWriter to);

    /// <summary>Reads what <see cref="Pack"/> wrote into a copy of <paramref name="value"/>.</summary>
    public abstract T Unpack(PackReader from, T value);

    /// <summary>Adds the field to a JSON Schema.</summary>
    public abstract void AddSchema(JsonObject properties, JsonArray required);

    /// <summary>The field's rows in the reference.</summary>
    public abstract IEnumerable<FieldDescription> Describe(string prefix, T usual);
}
