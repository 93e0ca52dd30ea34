using System.Collections.Frozen;
using System.Globalization;
using Throttle.Core;
using Throttle.Core.Fields;

namespace Throttle.Api.Envoy;

/// <summary>
/// The fields of one mapping of a configuration. What is wrong is noted, in Envoy's words where it has some, and reads as if
/// it were not there.
/// </summary>
internal sealed class EnvoyFields
{
    public static readonly FrozenSet<string> OfRoot = Names("domain", "descriptors");

    public static readonly FrozenSet<string> OfDescriptor = Names(
        "key", "value", "rate_limit", "descriptors", "shadow_mode", "quota_mode", "detailed_metric", "value_to_metric", "share_threshold", "metadata");

    public static readonly FrozenSet<string> OfLimit = Names("unit", "requests_per_unit", "unlimited", "name", "replaces");

    public static readonly FrozenSet<string> OfReplaces = Names("name");

    private static readonly FrozenSet<string> Known = Names([.. OfRoot, .. OfDescriptor, .. OfLimit]);

    private readonly Dictionary<string, FieldNode> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly List<EnvoyFault> _faults;

    /// <param name="map">The mapping.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="what">What the mapping is, for messages.</param>
    /// <param name="known">The names that belong there.</param>
    /// <param name="faults">Where faults are noted.</param>
    public EnvoyFields(FieldMap map, string file, string what, FrozenSet<string> known, List<EnvoyFault> faults)
    {
        (File, Line, _faults) = (file, map.Line, faults);
        foreach (var (name, value) in map.Entries)
        {
            Check(name, what, known);
            if (!_values.TryAdd(name.Text, value))
            {
                Add(name.Line, $"config error, key '{ShownText.Of(name.Text)}' stands here a second time; the first is on line {_lines[name.Text]}");
            }

            _lines.TryAdd(name.Text, name.Line);
        }
    }

    public string File { get; }

    /// <summary>The line the mapping starts on.</summary>
    public int Line { get; }

    /// <summary>What YAML 1.1 takes for true or false; null for any other text.</summary>
    public static bool? FlagOf(string text) => text switch
    {
        "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" => true,
        "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" => false,
        _ => null,
    };

    /// <summary>Notes a fault at a field, or where it is not there at the mapping.</summary>
    public void Fault(string name, string message) => Add(_lines.GetValueOrDefault(name, Line), message);

    /// <summary>A field's value; null where it is not there or nothing was written.</summary>
    public FieldNode? Find(string name) =>
        _values.TryGetValue(name, out var node) && node is not FieldScalar { IsNull: true } ? node : null;

    /// <summary>A field's text; empty where there is none.</summary>
    public string Text(string name)
    {
        if (Find(name) is not { } node)
        {
            return "";
        }

        if (node is FieldScalar scalar)
        {
            return scalar.Text;
        }

        NotOf(name, node, "a single value");
        return "";
    }

    public bool Flag(string name)
    {
        var text = Text(name);
        if (text.Length == 0)
        {
            return false;
        }

        if (FlagOf(text) is { } flag)
        {
            return flag;
        }

        Fault(name, $"error loading config file: {name} is '{ShownText.Of(text)}'; use true or false");
        return false;
    }

    /// <summary>A whole number that fits in 32 bits; 0 where there is none.</summary>
    public uint Count(string name)
    {
        var text = Text(name);
        if (text.Length == 0)
        {
            return 0;
        }

        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return count;
        }

        Fault(name, $"error loading config file: {name} is '{ShownText.Of(text)}'; use a whole number, 0 to {uint.MaxValue}");
        return 0;
    }

    public FieldMap? Map(string name)
    {
        var node = Find(name);
        if (node is not (null or FieldMap))
        {
            NotOf(name, node, "a mapping");
        }

        return node as FieldMap;
    }

    /// <summary>The mappings of a list; none where it is not there.</summary>
    public IEnumerable<FieldMap> Maps(string name)
    {
        var node = Find(name);
        if (node is not (null or FieldList))
        {
            NotOf(name, node, "a list of mappings");
        }

        return node is FieldList list ? list.Items.Select(MapOf).OfType<FieldMap>() : [];
    }

    private static FrozenSet<string> Names(params string[] names) => names.ToFrozenSet(StringComparer.Ordinal);

    private FieldMap? MapOf(FieldNode item)
    {
        if (item is not FieldMap map)
        {
            var shown = item is FieldScalar scalar ? ShownText.Of(scalar.Text) : item.Kind;
            Add(item.Line, $"config error, yaml file contains list of type other than map: {shown}");
            return null;
        }

        return map;
    }

    /// <remarks>Envoy takes a known name at any place and lets one that has no effect there pass in silence: it is refused here.</remarks>
    private void Check(FieldScalar name, string what, FrozenSet<string> known)
    {
        if (known.Contains(name.Text))
        {
            return;
        }

        var isText = !name.IsPlain || !(name.IsNull || FlagOf(name.Text) is not null
            || double.TryParse(name.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        Add(
            name.Line,
            !isText ? $"config error, key is not of type string: {ShownText.Of(name.Text)}"
            : !Known.Contains(name.Text) ? $"config error, unknown key '{ShownText.Of(name.Text)}'"
            : $"config error, key '{name.Text}' has no effect in {what}; use {string.Join(", ", known.Order(StringComparer.Ordinal))}");
    }

    private void NotOf(string name, FieldNode node, string wanted) =>
        Fault(name, $"error loading config file: {name} is {node.Kind}; use {wanted}");

    private void Add(int line, string message) => _faults.Add(new EnvoyFault(new EnvoyPlace(File, line), message));
}
