using System.Text.Json.Nodes;

namespace Throttle.Api.Envoy;

/// <summary>One descriptor of a configuration: a key, perhaps with a value, with what stands under it.</summary>
internal sealed class EnvoyNode
{
    /// <param name="key">The key; not empty.</param>
    /// <param name="value">The value, perhaps with stars; empty for any value.</param>
    public EnvoyNode(string key, string value)
    {
        (Key, Value) = (key, value);
        Part = value.Length == 0 ? key : $"{key}_{value}";
        SpansKey = key.Contains('*', StringComparison.Ordinal);
        IsWildcard = Part.Contains('*', StringComparison.Ordinal);
        Wildcard = SpansKey ? new EnvoyWildcard(Part) : IsWildcard ? new EnvoyWildcard(value) : null;
    }

    public string Key { get; }

    public string Value { get; }

    /// <summary>Key and value as Envoy joins them, for names.</summary>
    public string Part { get; }

    public bool IsWildcard { get; }

    /// <summary>Whether a star stands in the key, so that key and value are matched as one text.</summary>
    public bool SpansKey { get; }

    /// <summary>What the value, or where it spans the key both, must match; null where there is no star.</summary>
    public EnvoyWildcard? Wildcard { get; }

    /// <summary>Domain and parts from the top, joined with dots: the name of the limit in metrics and in the dump.</summary>
    public required string FullName { get; init; }

    public EnvoyLimit? Limit { get; init; }

    public bool SharesThreshold { get; init; }

    public bool HasValueInMetric { get; init; }

    /// <summary>Arbitrary; null for none.</summary>
    public JsonObject? Metadata { get; init; }

    public EnvoyNodes Children { get; } = new();

    /// <summary>Where it stands.</summary>
    public required EnvoyPlace Place { get; init; }
}
