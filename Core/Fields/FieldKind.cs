using System.Text.Json.Nodes;

namespace Throttle.Core.Fields;

/// <summary>A kind of value that a field can hold: how it is read, written, checked, packed and described.</summary>
internal abstract class FieldKind<TValue>
{
    /// <summary>The kind's name in the reference: <c>duration</c>.</summary>
    public abstract string Type { get; }

    /// <summary>The allowed range in the reference: <c>1us to 400d</c>; empty when any value is allowed.</summary>
    public virtual string Range => "";

    /// <summary>What to write, to follow "is missing; ": <c>use a duration such as 10s</c>.</summary>
    public abstract string Advice { get; }

    /// <summary>Reads a value that was written; on a fault, notes it and gives <paramref name="standIn"/>.</summary>
    public abstract TValue Read(MapReader from, string name, FieldNode node, TValue standIn);

    /// <summary>The value in JSON, or null for a value that is left out.</summary>
    public abstract JsonNode? Write(TValue value);

    /// <summary>The value as text for people, or null for a value that is left out.</summary>
    public abstract string? Show(TValue value);

    /// <summary>The value as a message about it shows it.</summary>
    public virtual string Quote(TValue value) => Show(value) ?? "none";

    /// <summary>Adds the value as named texts, for comparisons. A value with fields of its own adds one text for each.</summary>
    public virtual void AddTexts(string path, TValue value, List<(string Name, string Text)> to)
    {
        if (Show(value) is { } text)
        {
            to.Add((path, text));
        }
    }

    /// <summary>Tells <paramref name="add"/> each fault of a value: its path, and the message without the final full stop.</summary>
    /// <param name="path">The path of the field.</param>
    /// <param name="name">The field's name in the message.</param>
    /// <param name="value">The value.</param>
    /// <param name="add">Receives path and message.</param>
    public abstract void Check(string path, string name, TValue value, Action<string, string> add);

    /// <summary>Appends the value.</summary>
    public abstract void Pack(TValue value, PackWriter to);

    /// <summary>Reads what <see cref="Pack"/> wrote; <paramref name="standIn"/> when the pack was written before the field existed.</summary>
    /// <exception cref="FormatException">The value is not known to this version.</exception>
    public abstract TValue Unpack(PackReader from, TValue standIn);

    /// <summary>The JSON Schema of the value.</summary>
    public abstract JsonObject Schema();

    /// <summary>The rows of the reference: the field itself, and those inside it.</summary>
    public virtual IEnumerable<FieldDescription> Describe(FieldDescription field) => [field];
}
