using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Throttle.Client;
using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Grains;

namespace Throttle.Benchmarks.Cluster;

/// <summary>One silo on free ports, and a client that reaches it over TCP, in this process.</summary>
internal sealed class BenchmarkCluster : IAsyncDisposable
{
    /// <summary>A capacity never exhausted, so that every call takes; filled within a second, so that it is kept in memory.</summary>
    private const long Capacity = 1_000_000;

    private readonly IHost _silo;
    private readonly IHost _client;

    private BenchmarkCluster(IHost silo, IHost client) => (_silo, _client) = (silo, client);

    public IServiceProvider Silo => _silo.Services;

    public IServiceProvider External => _client.Services;

    public static async Task<BenchmarkCluster> StartAsync()
    {
        var (siloPort, gatewayPort) = (FreePort(), FreePort());
        var silo = Host.CreateApplicationBuilder();
        Quieten(silo);
        silo.UseOrleans(orleans => orleans
            .UseLocalhostClustering(siloPort, gatewayPort)
            .AddMemoryGrainStorage("throttle")
            .AddThrottleGrains());
        silo.Services.AddThrottleClient();
        var siloHost = silo.Build();
        await siloHost.StartAsync();
        await siloHost.Services.GetRequiredService<IRules>().ReplaceAsync(
            [LimitBy.TokenBucket("per-user", Capacity, "1000000/s", "user")]);

        var client = Host.CreateApplicationBuilder();
        Quieten(client);
        client.UseOrleansClient(orleans => orleans.UseLocalhostClustering(gatewayPort));
        client.Services.AddThrottleClient();
        var clientHost = client.Build();
        await clientHost.StartAsync();
        return new(siloHost, clientHost);
    }

    public static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $"user-{i:D7}");

    public static ThrottleRequest Request(string key) => new(new Attributes("user", key));

    public async ValueTask DisposeAsync()
    {
        await _client.StopAsync();
        _client.Dispose();
        await _silo.StopAsync();
        _silo.Dispose();
    }

    // The output is for figures. What goes wrong ends the run by an exception.
    private static void Quieten(HostApplicationBuilder host) => host.Logging.ClearProviders();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
