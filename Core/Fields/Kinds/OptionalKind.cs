using System.Text.Json.Nodes;

namespace Throttle.Core.Fields;

/// <summary>A value that may be missing.</summary>
/// <param name="inner">The kind of the value when it is there.</param>
internal sealed class OptionalKind<TValue>(FieldKind<TValue> inner) : FieldKind<TValue?>
    where TValue : struct
{
    public override string Type => inner.Type;

    public override string Range => inner.Range;

    public override string Advice => inner.Advice;

    public override TValue? Read(MapReader from, string name, FieldNode node, TValue? standIn)
    {
        // A value that cannot be read was given all the same, so that what goes with it is not called superfluous.
        return inner.Read(from, name, node, standIn ?? default);
    }

    public override JsonNode? Write(TValue? value) => value is { } there ? inner.Write(there) : null;

    public override string? Show(TValue? value) => value is { } there ? inner.Show(there) : null;

    public override void Check(string path, string name, TValue? value, Action<string, string> add)
    {
        if (value is { } there)
        {
            inner.Check(path, name, there, add);
        }
    }

    public override void Pack(TValue? value, PackWriter to)
    {
        to.Add(value is null ? 0 : 1);
        if (value is { } there)
        {
            inner.Pack(there, to);
        }
    }

    public override TValue? Unpack(PackReader from, TValue? standIn) =>
        !from.TryNumber(out var has) ? standIn : has == 0 ? null : inner.Unpack(from, default);

    public override JsonObject Schema() => inner.Schema();
}
