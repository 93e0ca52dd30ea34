using System.Text.Json.Nodes;
using Throttle.Core.Fields;

namespace Throttle.Core.Limiters;

/// <summary>An algorithm whose numbers are a <typeparamref name="TSpec"/>.</summary>
public sealed class Algorithm<TSpec> : Algorithm
    where TSpec : LimiterSpec
{
    private readonly FieldTable<TSpec> _fields;

    internal Algorithm(string name, string summary, StateKind[] stateKinds, FieldTable<TSpec> fields)
        : base(name, summary, stateKinds) => _fields = fields;

    /// <inheritdoc/>
    public override IEnumerable<FieldDescription> Describe() => _fields.Describe();

    internal override LimiterSpec Read(MapReader from) => _fields.Read(from);

    internal override void Write(LimiterSpec spec, JsonObject to) => _fields.Write((TSpec)spec, to);

    internal override void AddTexts(string prefix, LimiterSpec spec, List<(string Name, string Text)> to) =>
        _fields.AddTexts(prefix, (TSpec)spec, to);

    internal override void Check(string prefix, LimiterSpec spec, Action<string, string> add) => _fields.Check(prefix, "", (TSpec)spec, add);

    internal override void Pack(LimiterSpec spec, PackWriter to) => _fields.Pack((TSpec)spec, to);

    internal override LimiterSpec Unpack(PackReader from) => _fields.Unpack(from);

    internal override JsonObject Schema() => _fields.Schema(new() { ["algorithm"] = new JsonObject { ["const"] = Name, ["description"] = Summary } });
}
