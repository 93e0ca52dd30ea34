using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Throttle.Api.Envoy;
using Throttle.Api.Hosting;
using Throttle.Tests.Api.Http;
using Throttle.Tests.Api.RuleFiles;

namespace Throttle.Tests.Api.Envoy;

/// <summary>A node with a folder of Envoy's configuration, and a clock that stands still.</summary>
internal sealed class EnvoyTestNode : IAsyncDisposable
{
    private readonly TempFolder _folder;

    private EnvoyTestNode(TestNode node, TempFolder folder) => (Node, _folder) = (node, folder);

    public TestNode Node { get; }

    public string Folder => _folder.Path;

    public static async Task<EnvoyTestNode> StartAsync(
        IReadOnlyList<EnvoyFile> files, DateTimeOffset? start = null, Func<EnvoyOptions, EnvoyOptions>? configure = null, string rules = TestNode.PerClient, Func<NodeOptions, NodeOptions>? node = null)
    {
        var folder = new TempFolder();
        foreach (var file in files)
        {
            await File.WriteAllTextAsync(folder.File(file.Name), file.Text);
        }

        var options = new EnvoyOptions { ConfigPath = folder.Path };
        var started = await TestNode.StartAsync(rules, given => (node is null ? given : node(given)) with
        {
            VirtualClockStart = start ?? TestNode.Start,
            Envoy = configure is null ? options : configure(options),
        });
        return new EnvoyTestNode(started, folder);
    }

    /// <summary>The body of a request: <c>domain: key=value,…+hits|limit; …</c>.</summary>
    public static string BodyOf(string request, long hits = 1)
    {
        var parts = request.Split(": ", 2);
        var body = new JsonObject { ["domain"] = parts[0], ["descriptors"] = new JsonArray([.. parts[1].Split("; ").Select(DescriptorOf)]) };
        if (hits != 1)
        {
            body["hitsAddend"] = hits;
        }

        return body.ToJsonString();
    }

    public async Task<(int Status, JsonElement Answer)> AskAsync(string body)
    {
        var (status, text) = await Node.AskAsync(body, "/json");
        using var document = JsonDocument.Parse(text);
        return (status, document.RootElement.Clone());
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        _folder.Dispose();
    }

    private static JsonNode DescriptorOf(string text)
    {
        var (rest, limit) = text.Split('|') is [var left, var right] ? (left, EnvoyConfigs.LimitOf(right)) : (text, null);
        var (entries, hits) = rest.Split('+') is [var before, var addend] ? (before, addend) : (rest, null);
        var json = new JsonObject
        {
            ["entries"] = new JsonArray([.. EnvoyConfigs.EntriesOf(entries).Select(entry => new JsonObject { ["key"] = entry.Key, ["value"] = entry.Value })]),
        };
        if (limit is not null)
        {
            json["limit"] = new JsonObject { ["requestsPerUnit"] = limit.RequestsPerUnit, ["unit"] = EnvoyUnits.NameOf(limit.Unit) };
        }

        if (hits is not null)
        {
            json["hitsAddend"] = ulong.Parse(hits, CultureInfo.InvariantCulture);
        }

        return json;
    }
}
