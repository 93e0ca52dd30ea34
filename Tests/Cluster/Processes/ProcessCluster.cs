using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Throttle.Client;
using Throttle.Core;
using Throttle.Core.Queues;

namespace Throttle.Tests.Cluster.Processes;

/// <summary>Three silos and Redis, each a process of its own, and a client in this one.</summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("throttle-silos-").FullName;
    private RedisServer? _redis;
    private IHost? _client;

    private ProcessCluster()
    {
    }

    public SiloProcess[] Silos { get; private set; } = [];

    /// <summary>The external client's throttle.</summary>
    public IThrottle Throttle => _client!.Services.GetRequiredService<IThrottle>();

    /// <summary>The queues of work, as the external client knows them.</summary>
    public IWorkQueues Queues => _client!.Services.GetRequiredService<IWorkQueues>();

    /// <summary>Starts all of it.</summary>
    /// <param name="rules">The text of the rule file.</param>
    public static async Task<ProcessCluster> StartAsync(string rules)
    {
        var cluster = new ProcessCluster();
        try
        {
            await cluster.StartAllAsync(rules);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.StopAsync();
            _client.Dispose();
        }

        foreach (var silo in Silos)
        {
            await silo.DisposeAsync();
        }

        await (_redis?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAllAsync(string rules)
    {
        var file = Path.Combine(_folder, "rules.yaml");
        await File.WriteAllTextAsync(file, rules);
        _redis = await RedisServer.StartAsync();
        Silos = [.. Enumerable.Range(0, 3).Select(_ => new SiloProcess(_redis.ConnectionString, file))];
        await Task.WhenAll(Silos.Select(s => s.StartAsync()));

        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client =>
        {
            client.UseRedisClustering(_redis.ConnectionString);
            client.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = ("throttle", "throttle"));
            client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
            client.Services.AddThrottleClient();
        });
        _client = builder.Build();
        await _client.StartAsync();
    }
}
