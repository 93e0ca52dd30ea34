using System.Text.Json.Nodes;

namespace Throttle.Api.Envoy;

/// <summary>A request that a configuration has something to say about, to try a node with.</summary>
public static class EnvoySample
{
    /// <summary>A body for <c>/json</c>, which can stand between single quotes in a shell; it has the first limit apply that is one.</summary>
    public static string For(EnvoyConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        foreach (var (domain, nodes) in config.Domains)
        {
            if (Find(nodes) is { } entries)
            {
                return Body(domain, entries);
            }
        }

        return Body("my-domain", [new EnvoyEntry("key", "value")]);
    }

    private static List<EnvoyEntry>? Find(EnvoyNodes nodes)
    {
        foreach (var node in nodes.All)
        {
            var entry = new EnvoyEntry(Example(node.Key), node.Value.Length == 0 ? "42" : Example(node.Value));
            if (node.Limit is { Spec: not null })
            {
                return [entry];
            }

            if (Find(node.Children) is { } below)
            {
                return [entry, .. below];
            }
        }

        return null;
    }

    private static string Example(string pattern) => pattern.Replace("*", "x", StringComparison.Ordinal);

    private static string Body(string domain, List<EnvoyEntry> entries)
    {
        var json = new JsonObject
        {
            ["domain"] = domain,
            ["descriptors"] = new JsonArray(
                new JsonObject { ["entries"] = new JsonArray([.. entries.Select(entry => new JsonObject { ["key"] = entry.Key, ["value"] = entry.Value })]) }),
        };

        // The default encoder escapes apostrophes.
        return json.ToJsonString();
    }
}
