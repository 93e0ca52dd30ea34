using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Throttle.Api.Http;
using Throttle.Api.Redis;
using Throttle.Api.Webhooks;

namespace Throttle.Api.Hosting;

/// <summary>
/// The outer part of any node: addresses, admin token, limits, logging, the HTTP front and the Redis front. It reads no
/// configuration: nothing around a node may open another port. The host adds <c>IThrottle</c>, <c>IRules</c> and, for Redis,
/// <c>IInlineLimits</c> itself.
/// </summary>
public sealed class NodeFront
{
    /// <summary>The longest accepted drain timeout.</summary>
    public static readonly TimeSpan MaxDrainTimeout = TimeSpan.FromDays(1);

    private readonly IReadOnlyList<string> _urls;
    private readonly TimeSpan _drainTimeout;
    private readonly RedisOptions? _redis;
    private readonly string? _adminTokenFile;
    private ListenOptions? _redisListener;
    private ThrottleApiOptions? _api;

    /// <summary>Checks what it is given; nothing is opened yet.</summary>
    /// <param name="urls">Addresses to listen on, such as <c>http://127.0.0.1:8080</c>; port 0 takes a free one.</param>
    /// <param name="adminToken">
    /// The token that edits and resets must carry. Null: none is needed while every address is a loopback one, and otherwise
    /// one is generated.
    /// </param>
    /// <param name="drainTimeout">How long a stop waits for what is under way, zero to <see cref="MaxDrainTimeout"/>.</param>
    /// <param name="redis">Where the Redis protocol is spoken; null for nowhere.</param>
    /// <param name="adminTokenFile">A file with the admin token, in its place; null for none.</param>
    /// <exception cref="ArgumentException">One of them is out of range.</exception>
    /// <exception cref="IOException">The file with the token cannot be read.</exception>
    public NodeFront(
        IReadOnlyList<string> urls, string? adminToken, TimeSpan drainTimeout, RedisOptions? redis = null, string? adminTokenFile = null)
    {
        ArgumentNullException.ThrowIfNull(urls);
        if (drainTimeout < TimeSpan.Zero || drainTimeout > MaxDrainTimeout)
        {
            throw new ArgumentException($"DrainTimeout is {drainTimeout}; use zero to one day.", nameof(drainTimeout));
        }

        if (adminToken is not null && adminTokenFile is not null)
        {
            throw new ArgumentException("An admin token and a file with one are both given; give one of them.", nameof(adminTokenFile));
        }

        (_urls, _drainTimeout, _redis, _adminTokenFile) = (urls, drainTimeout, redis, adminTokenFile);
        adminToken = adminTokenFile is null ? adminToken : AdminTokenFile.Read(adminTokenFile);
        IsLoopback = NodeAddresses.AreLoopback(urls) && (redis is null || IPAddress.IsLoopback(redis.EndPoint.Address));
        IsAdminTokenGenerated = !IsLoopback && adminToken is null;
        AdminToken = IsAdminTokenGenerated ? AdminTokens.Generate() : adminToken is null ? null : AdminTokens.Check(adminToken);
    }

    /// <summary>Whether every address, the Redis front's too, can be reached from this machine only.</summary>
    public bool IsLoopback { get; }

    /// <summary>The token that edits and resets need, given or generated; null when they need none.</summary>
    public string? AdminToken { get; private set; }

    /// <summary>Whether the token was generated, and must be shown to somebody.</summary>
    public bool IsAdminTokenGenerated { get; }

    /// <summary>Where the Redis protocol is spoken, with the port that was taken; null for nowhere. Once it has started.</summary>
    public IPEndPoint? RedisEndPoint => _redisListener?.IPEndPoint;

    /// <summary>The addresses that HTTP is spoken on, with the ports that were taken.</summary>
    /// <param name="app">The application, which has started.</param>
    public IReadOnlyList<string> AddressesOf(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        // The server lists each endpoint as if it spoke HTTP.
        var redis = $"http://{RedisEndPoint}";
        return [.. app.Urls.Where(url => !string.Equals(url, redis, StringComparison.Ordinal))];
    }

    /// <summary>Reads the file with the admin token again; the new token counts at once.</summary>
    /// <returns>What was read, or why it was not, so that the old token stays; null where there is no such file.</returns>
    public string? ReloadAdminToken()
    {
        if (_adminTokenFile is null)
        {
            return null;
        }

        try
        {
            AdminToken = AdminTokenFile.Read(_adminTokenFile);
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return $"{Errors.FirstLine(e)} The token from before stays in force.";
        }

        _api?.AdminToken = AdminToken;
        return $"The admin token file '{_adminTokenFile}' was read.";
    }

    /// <summary>An application that listens on the addresses and logs to standard error, still without a front.</summary>
    public WebApplicationBuilder CreateBuilder()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = ApiLimits.MaxRulesBodyBytes + 1;
            foreach (var url in _urls)
            {
                kestrel.ListenHttp(url);
            }

            if (_redis is not null)
            {
                kestrel.Listen(_redis.EndPoint, listener =>
                {
                    _redisListener = listener;
                    listener.UseConnectionHandler<RedisConnectionHandler>();
                });
            }
        });
        AddLogging(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = _drainTimeout);
        return builder;
    }

    /// <summary>Reads files again on SIGHUP: these, and the one with the admin token.</summary>
    /// <param name="services">The application's.</param>
    /// <param name="reloads">Each reads a file and answers what came of it; null for a file that there is not.</param>
    public void ReloadOnSignal(IServiceCollection services, params IEnumerable<Func<CancellationToken, Task<string?>>?> reloads)
    {
        List<Func<CancellationToken, Task<string?>>> all = [.. reloads.OfType<Func<CancellationToken, Task<string?>>>(), _ => Task.FromResult(ReloadAdminToken())];
        services.AddHostedService(provider => new ReloadSignal(provider.GetRequiredService<ILogger<ReloadSignal>>(), all));
    }

    /// <summary>Builds it with the fronts; their admin token is this one's.</summary>
    public WebApplication Build(WebApplicationBuilder builder, ThrottleApiOptions api)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(api);
        api.AdminToken = AdminToken;
        _api = api;
        builder.Services.AddThrottleApi(api);
        if (_redis is not null)
        {
            builder.Services.AddThrottleRedis(_redis);
        }

        var app = builder.Build();
        _ = app.Services.GetService<RedisMeter>();
        _ = app.Services.GetService<WebhookServices.WebhookMeter>();
        app.UseThrottleProblems();
        app.MapThrottle();
        return app;
    }

    /// <summary>One line on standard error for each problem, none for a request. What stops a start is thrown and not logged, too.</summary>
    private static void AddLogging(ILoggingBuilder logging)
    {
        logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Throttle", LogLevel.Information)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
