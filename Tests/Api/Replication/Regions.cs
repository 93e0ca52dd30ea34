using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Api.Replication;
using Throttle.Tests.Api.Http;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Replication;

/// <summary>Nodes of several regions, each with all others as peers, on clocks of their own.</summary>
internal sealed class Regions : IAsyncDisposable
{
    public const string Token = "peer-s3cret";

    public const string Quick = """
        version: 1
        rules:
          - { id: shared, key: user, replicate: true, limit: { algorithm: token-bucket, capacity: 4, refill: 4/s } }
        """;

    public const string Slow = """
        version: 1
        rules:
          - { id: shared, key: user, replicate: true, limit: { algorithm: token-bucket, capacity: 4, refill: 1/d } }
        """;

    private readonly Dictionary<string, int> _ports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TestNode> _nodes = new(StringComparer.Ordinal);
    private readonly bool _isAutomatic;
    private readonly string _rules;

    private Regions(bool isAutomatic, string rules) => (_isAutomatic, _rules) = (isAutomatic, rules);

    public Partition Network { get; } = new();

    public TestNode this[string region] => _nodes[region];

    public static async Task<Regions> StartAsync(bool isAutomatic, string rules, params string[] names)
    {
        var regions = new Regions(isAutomatic, rules);
        foreach (var name in names)
        {
            regions._ports[name] = FreePorts.Take();
            regions.Network.Name(new Uri($"http://127.0.0.1:{regions._ports[name]}"), name);
        }

        foreach (var name in names)
        {
            await regions.StartAsync(name);
        }

        return regions;
    }

    public async Task StartAsync(string name) => _nodes[name] = await TestNode.StartAsync(_rules, options => options with
    {
        Urls = [$"http://127.0.0.1:{_ports[name]}"],
        Replication = new ReplicationOptions
        {
            Region = name,
            Peers = [.. _ports.Where(p => p.Key != name).Select(p => $"http://127.0.0.1:{p.Value}")],
            Token = Token,
            IsAutomatic = _isAutomatic,
            CreateHandler = () => Network.HandlerOf(name),
        },
    });

    public async Task StopAsync(string name)
    {
        await _nodes[name].DisposeAsync();
        _nodes.Remove(name);
    }

    /// <summary>So many of a burst of calls that a region allows.</summary>
    public async Task<int> BurstAsync(string region, int calls, string user = "42")
    {
        var allowed = 0;
        for (var i = 0; i < calls; i++)
        {
            allowed += (await _nodes[region].AskAsync($$$"""{"attributes":{"user":"{{{user}}}"}}""")).Status == 200 ? 1 : 0;
        }

        return allowed;
    }

    /// <summary>Every region tells every other one.</summary>
    /// <returns>How many could tell all.</returns>
    public async Task<int> ExchangeAsync()
    {
        var done = 0;
        foreach (var node in _nodes.Values)
        {
            done += await node.Node.Services.GetRequiredService<ReplicationExchange>().ExchangeAsync() ? 1 : 0;
        }

        return done;
    }

    public async Task AdvanceAsync(string duration)
    {
        foreach (var node in _nodes.Values)
        {
            await node.AdvanceAsync(duration);
        }
    }

    /// <summary>In how many seconds each region's bucket is full again: a quarter for each permit that is missing.</summary>
    public async Task<decimal[]> ResetAfterAsync()
    {
        var waits = new List<decimal>();
        foreach (var node in _nodes.Values)
        {
            using var bucket = JsonDocument.Parse(await node.Client.GetStringAsync("/v1/buckets/shared/42"));
            waits.Add(bucket.RootElement.GetProperty("resetAfter").GetDecimal());
        }

        return [.. waits];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
        {
            await node.DisposeAsync();
        }
    }
}
