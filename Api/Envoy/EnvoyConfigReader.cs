using System.Globalization;
using System.Text.Json.Nodes;
using Throttle.Api.RuleFiles;
using Throttle.Core;
using Throttle.Core.Fields;
using Throttle.Core.Rules;

namespace Throttle.Api.Envoy;

/// <summary>Reads the files of one configuration, and notes what is wrong with each.</summary>
internal sealed class EnvoyConfigReader
{
    /// <summary>A list and a mapping for each level of descriptors, and what stands inside the last, metadata too.</summary>
    private const int MaxDepth = (2 * EnvoyConfig.MaxEntries) + 32;

    private readonly OrderedDictionary<string, EnvoyNodes> _domains = new(StringComparer.Ordinal);
    private readonly List<EnvoyFault> _faults = [];
    private readonly bool _mergesDomains;

    private EnvoyConfigReader(bool mergesDomains) => _mergesDomains = mergesDomains;

    /// <exception cref="EnvoyConfigException">Something is wrong; every fault of every file is listed.</exception>
    public static EnvoyConfig Read(IReadOnlyList<EnvoyFile> files, bool mergesDomains)
    {
        var reader = new EnvoyConfigReader(mergesDomains);
        foreach (var file in files)
        {
            reader.AddFile(file);
        }

        return reader._faults.Count == 0 ? new EnvoyConfig(reader._domains) : throw new EnvoyConfigException(reader._faults);
    }

    private void AddFile(EnvoyFile file)
    {
        var before = _faults.Count;
        try
        {
            AddRoot(file.Name, RuleTree.Parse(RuleFileReader.Plain(file.Text), "configuration file", MaxDepth));
        }
        catch (InvalidRulesException e)
        {
            _faults.AddRange(e.Faults.Select(fault => new EnvoyFault(new(file.Name, fault.Line), $"error loading config file: {fault.Message}")));
        }

        _faults.Sort(before, _faults.Count - before, Comparer<EnvoyFault>.Create((a, b) => a.Place.Line.CompareTo(b.Place.Line)));
    }

    private void AddRoot(string file, FieldNode? root)
    {
        if (root is not (null or FieldMap or FieldScalar { IsNull: true }))
        {
            _faults.Add(new(new(file, root.Line), $"error loading config file: the file is {root.Kind}; use a mapping with domain and descriptors"));
            return;
        }

        var fields = new EnvoyFields(root as FieldMap ?? new FieldMap([], 1), file, "the file", EnvoyFields.OfRoot, _faults);
        var domain = fields.Text("domain");
        if (domain.Length == 0)
        {
            fields.Fault("domain", "config file cannot have empty domain");
        }

        if (!_domains.TryGetValue(domain, out var nodes))
        {
            nodes = new EnvoyNodes();
            _domains.Add(domain, nodes);
        }
        else if (domain.Length > 0 && !_mergesDomains)
        {
            fields.Fault("domain", $"duplicate domain '{ShownText.Of(domain)}' in config file");

            // What stands in it is looked through by itself.
            nodes = new EnvoyNodes();
        }

        AddDescriptors(nodes, fields, $"{domain}.", 1);
    }

    private void AddDescriptors(EnvoyNodes nodes, EnvoyFields fields, string path, int depth)
    {
        foreach (var item in fields.Maps("descriptors"))
        {
            if (depth > EnvoyConfig.MaxEntries)
            {
                fields.Fault(
                    "descriptors",
                    string.Create(CultureInfo.InvariantCulture, $"descriptors are nested deeper than {EnvoyConfig.MaxEntries}, the most entries of a request's descriptor"));
                return;
            }

            AddDescriptor(nodes, new EnvoyFields(item, fields.File, "a descriptor", EnvoyFields.OfDescriptor, _faults), path, depth);
        }
    }

    private void AddDescriptor(EnvoyNodes nodes, EnvoyFields fields, string path, int depth)
    {
        var (key, value) = (fields.Text("key"), fields.Text("value"));
        var node = new EnvoyNode(key, value)
        {
            FullName = path + (value.Length == 0 ? key : $"{key}_{value}"),
            Limit = ReadLimit(fields),
            SharesThreshold = fields.Flag("share_threshold"),
            HasValueInMetric = fields.Flag("value_to_metric"),
            Metadata = fields.Find("metadata") is { } metadata ? ReadMetadata(fields, metadata) : null,
            Place = new EnvoyPlace(fields.File, fields.Line),
        };
        if (key.Length == 0)
        {
            fields.Fault("key", "descriptor has empty key");
        }
        else if (!nodes.TryAdd(node))
        {
            fields.Fault("key", $"duplicate descriptor composite key '{node.FullName}'");
        }

        if (node is { SharesThreshold: true, IsWildcard: false } && key.Length > 0)
        {
            fields.Fault("share_threshold", $"share_threshold can only be used with wildcard values (containing '*'), but found key '{node.Part}'");
        }

        AddDescriptors(node.Children, fields, $"{node.FullName}.", depth + 1);
    }

    private EnvoyLimit? ReadLimit(EnvoyFields descriptor)
    {
        var (isShadow, isQuota, isDetailed) =
            (descriptor.Flag("shadow_mode"), descriptor.Flag("quota_mode"), descriptor.Flag("detailed_metric"));
        if (descriptor.Map("rate_limit") is not { } map)
        {
            return null;
        }

        var fields = new EnvoyFields(map, descriptor.File, "rate_limit", EnvoyFields.OfLimit, _faults);
        var (isUnlimited, requests) = (fields.Flag("unlimited"), fields.Count("requests_per_unit"));
        return (isUnlimited ? ReadUnlimited(fields) : new EnvoyLimit(requests, ReadUnit(fields))) with
        {
            Name = fields.Text("name"),
            Replaces = ReadReplaces(fields),
            IsShadow = isShadow,
            IsQuota = isQuota,
            HasDetailedMetric = isDetailed,
        };
    }

    private static EnvoyLimit ReadUnlimited(EnvoyFields fields)
    {
        if (fields.Text("unit").Length > 0)
        {
            fields.Fault("unit", "should not specify rate limit unit when unlimited");
        }

        return EnvoyLimit.Unlimited;
    }

    private static EnvoyUnit ReadUnit(EnvoyFields fields)
    {
        var text = fields.Text("unit");
        if (EnvoyUnits.Parse(text.ToUpperInvariant()) is { } unit)
        {
            return unit;
        }

        fields.Fault("unit", $"invalid rate limit unit '{ShownText.Of(text)}'");
        return EnvoyUnit.Second;
    }

    private List<string> ReadReplaces(EnvoyFields limit)
    {
        var names = new List<string>();
        foreach (var item in limit.Maps("replaces"))
        {
            var fields = new EnvoyFields(item, limit.File, "replaces", EnvoyFields.OfReplaces, _faults);
            var name = fields.Text("name");
            if (name.Length == 0)
            {
                fields.Fault("name", "should not have an empty replaces entry");
            }
            else if (string.Equals(name, limit.Text("name"), StringComparison.Ordinal))
            {
                fields.Fault("name", "replaces should not contain name of same descriptor");
            }

            names.Add(name);
        }

        return names;
    }

    private static JsonObject? ReadMetadata(EnvoyFields fields, FieldNode node)
    {
        if (node is FieldMap map)
        {
            return (JsonObject)EnvoyMetadata.Of(map)!;
        }

        fields.Fault("metadata", $"error loading config file: metadata is {node.Kind}; use a mapping");
        return null;
    }
}
