using System.Text;
using Throttle.Core;

namespace Throttle.Api.Envoy;

/// <summary>The way of one descriptor through a configuration: what its bucket and its metric are called.</summary>
internal struct EnvoyPath(string domain, EnvoyEntry[] entries)
{
    private readonly (EnvoyNode? Node, bool IsWildcard)[] _steps = new (EnvoyNode?, bool)[entries.Length];
    private int _length;

    /// <summary>Adds what the next entry has picked.</summary>
    public void Add(EnvoyNode node, bool isWildcard) => _steps[_length++] = (node, isWildcard);

    /// <summary>The match of a limit that stands where the way ends, or that the request carries.</summary>
    public readonly EnvoyMatch MatchOf(EnvoyLimit limit)
    {
        var key = BucketKeyOf(limit.Unit);
        if (_length == 0)
        {
            return new EnvoyMatch(limit, key, CarriedName(), $"{domain}.*", null);
        }

        var node = _steps[_length - 1].Node!;
        return new EnvoyMatch(limit, key, limit.HasDetailedMetric ? DetailedName() : Name(node), node.FullName, node.Metadata);
    }

    /// <remarks>
    /// The unit is part of it: windows of two lengths are counted apart, so that asking in turn by the minute and by the day
    /// keeps both counts, as Envoy does.
    /// </remarks>
    private readonly string BucketKeyOf(EnvoyUnit unit)
    {
        var parts = new string[2 + (2 * entries.Length)];
        (parts[0], parts[1]) = (domain, EnvoyUnits.NameOf(unit));
        for (var i = 0; i < entries.Length; i++)
        {
            (parts[2 + (2 * i)], parts[3 + (2 * i)]) = (entries[i].Key, SharedValue(i) ?? entries[i].Value);
        }

        return BucketKey.Of(parts);
    }

    /// <summary>The pattern that stands in place of the value, where all values under it share one count.</summary>
    private readonly string? SharedValue(int i) =>
        _steps[i] is { Node: { SharesThreshold: true } node, IsWildcard: true } ? PatternOf(node) : null;

    private static string PatternOf(EnvoyNode node) => node.SpansKey ? node.Part : node.Value;

    private readonly string CarriedName() =>
        $"{domain}.{string.Join('.', entries.Select(entry => entry.Value.Length == 0 ? entry.Key : $"{entry.Key}_{entry.Value}"))}";

    /// <summary>With <c>detailed_metric</c>: what was sent, but for values that share a count.</summary>
    private readonly string DetailedName()
    {
        var name = new StringBuilder(domain);
        for (var i = 0; i < entries.Length; i++)
        {
            name.Append('.').Append(entries[i].Key).Append('_').Append(SharedValue(i) ?? entries[i].Value);
        }

        return name.ToString();
    }

    /// <summary>What stands in the files, with what was sent where <c>value_to_metric</c> says so.</summary>
    private readonly string Name(EnvoyNode last)
    {
        var hasValues = false;
        foreach (var (node, _) in _steps)
        {
            hasValues |= node!.HasValueInMetric;
        }

        if (!hasValues)
        {
            return last.FullName;
        }

        var name = new StringBuilder(domain);
        for (var i = 0; i < entries.Length; i++)
        {
            var (node, isWildcard) = _steps[i];
            var isValueSent = node!.HasValueInMetric && SharedValue(i) is null && (isWildcard || node.Value.Length == 0);
            var value = isValueSent ? entries[i].Value : node.Value;
            name.Append('.').Append(isValueSent ? entries[i].Key : node.Key).Append(value.Length == 0 ? "" : "_").Append(value);
        }

        return name.ToString();
    }
}
