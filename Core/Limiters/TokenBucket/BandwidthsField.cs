using System.Text.Json.Nodes;
using Throttle.Core.Fields;

namespace Throttle.Core.Limiters;

/// <summary>The bandwidths of a token bucket. One is written as <c>capacity</c> and <c>refill</c>, several as a list <c>bandwidths</c>.</summary>
internal sealed class BandwidthsField : Field<TokenBucketSpec>
{
    private const string Name = "bandwidths";

    private static readonly Bandwidth Usual = new(1, new(1, TimeSpan.TicksPerSecond));

    private static readonly FieldTable<Bandwidth> Table = new(
        Usual,
        new Field<Bandwidth, long>("capacity", Kinds.Permits, b => b.Capacity, (b, v) => b with { Capacity = v }, "Permits that a full bucket holds.") { IsRequired = true },
        new Field<Bandwidth, Rate>("refill", Kinds.Rate, b => b.Refill, (b, v) => b with { Refill = v }, "How fast it fills.") { IsRequired = true });

    private static readonly ListKind<Bandwidth> List = new(Table, Usual, Limits.MaxBandwidths, "with capacity and refill");

    /// <inheritdoc/>
    public override TokenBucketSpec Read(MapReader from, TokenBucketSpec value, TokenBucketSpec usual)
    {
        if (!from.Has(Name))
        {
            var single = Table.ReadFields(from);

            // Asked for only so that a misspelt field is told of it.
            from.Find(Name);
            return value with { Bandwidths = [single] };
        }

        if (from.Has("capacity") || from.Has("refill"))
        {
            from.Fault(Name, "There are both 'bandwidths' and 'capacity' or 'refill'; use one of the two forms.");
            from.Find("capacity");
            from.Find("refill");
        }

        if (from.Find(Name) is not { } node)
        {
            return value;
        }

        PlaceSingle(from, node);
        return value with { Bandwidths = List.Read(from, Name, node, usual.Bandwidths) };
    }

    /// <inheritdoc/>
    public override void Write(TokenBucketSpec value, TokenBucketSpec usual, JsonObject to)
    {
        if (value.Bandwidths is [var only])
        {
            Table.Write(only, to);
        }
        else
        {
            to[Name] = List.Write(value.Bandwidths ?? []);
        }
    }

    /// <inheritdoc/>
    public override void AddTexts(string prefix, TokenBucketSpec value, List<(string Name, string Text)> to)
    {
        if (value.Bandwidths is [var only])
        {
            Table.AddTexts(prefix, only, to);
        }
        else
        {
            List.AddTexts(prefix + Name, value.Bandwidths, to);
        }
    }

    /// <inheritdoc/>
    public override void Check(string prefix, string label, TokenBucketSpec value, TokenBucketSpec usual, Action<string, string> add)
    {
        if (value.Bandwidths is [var only])
        {
            Table.Check(prefix, label, only, add);
        }
        else
        {
            List.Check(prefix + Name, label + Name, value.Bandwidths, add);
        }
    }

    /// <inheritdoc/>
    public override void Pack(TokenBucketSpec value, PackWriter to) => List.Pack(value.Bandwidths, to);

    /// <inheritdoc/>
    public override TokenBucketSpec Unpack(PackReader from, TokenBucketSpec value) => value with { Bandwidths = List.Unpack(from, value.Bandwidths) };

    /// <inheritdoc/>
    public override void AddSchema(JsonObject properties, JsonArray required)
    {
        foreach (var (name, schema) in Table.Schema()["properties"]!.AsObject())
        {
            properties[name] = schema!.DeepClone();
        }

        var list = List.Schema();
        list["description"] = "Several bandwidths that must all have the permits; instead of capacity and refill.";
        properties[Name] = list;
    }

    /// <inheritdoc/>
    public override IEnumerable<FieldDescription> Describe(string prefix, TokenBucketSpec usual) =>
        Table.Describe(prefix).Append(new(prefix + Name, List.Type, List.Range, "none", "Several bandwidths, each with capacity and refill, that must all have the permits; instead of capacity and refill."));

    /// <summary>A check speaks of a single bandwidth as it is written without a list; its lines are those of the item.</summary>
    private static void PlaceSingle(MapReader from, FieldNode node)
    {
        if (node is FieldList { Items: [FieldMap map] })
        {
            foreach (var (name, value) in map.Entries)
            {
                from.Faults.Place(from.PathOf(name.Text), value.Line);
            }
        }
    }
}
