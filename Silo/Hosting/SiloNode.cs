using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Dashboard;
using StackExchange.Redis;
using Throttle.Api.Envoy;
using Throttle.Api.Hosting;
using Throttle.Api.Http;
using Throttle.Api.Replication;
using Throttle.Api.RuleFiles;
using Throttle.Api.Webhooks;
using Throttle.Client;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Grains;
using Throttle.Silo.Settings;

namespace Throttle.Silo.Hosting;

/// <summary>One node of a cluster: a silo and the fronts. It stops on SIGTERM and SIGINT, after requests in flight.</summary>
internal sealed partial class SiloNode : IAsyncDisposable
{
    /// <summary>Where Orleans' dashboard is.</summary>
    public const string DashboardPath = "/dashboard";

    private const string OrleansMeter = "Microsoft.Orleans";

    private readonly WebApplication _app;
    private readonly IConnectionMultiplexer? _redis;
    private readonly EnvoyFront? _envoy;

    private SiloNode(WebApplication app, NodeFront front, IConnectionMultiplexer? redis, EnvoyFront? envoy) =>
        (_app, Front, _redis, _envoy) = (app, front, redis, envoy);

    /// <summary>The addresses listened on, with the ports that were taken.</summary>
    public IReadOnlyList<string> Addresses => Front.AddressesOf(_app);

    /// <summary>The web part.</summary>
    public NodeFront Front { get; }

    /// <summary>The configuration of Envoy's ratelimit service in force; null where there is none.</summary>
    public EnvoyConfig? Envoy => _envoy?.Config;

    /// <summary>The rules in force.</summary>
    public RuleSet Rules => _app.Services.GetRequiredService<IRules>().Current;

    /// <summary>The silo.</summary>
    public SiloAddress Silo => _app.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    /// <summary>Starts a node; it has joined its cluster and answers when this completes.</summary>
    /// <param name="settings">What to start.</param>
    /// <param name="logging">Log levels.</param>
    /// <param name="say">Is told what the start waits for.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="SiloStartException">Something outside is in the way; the message says what.</exception>
    public static async Task<SiloNode> StartAsync(
        SiloSettings settings, IConfiguration logging, Action<string> say, CancellationToken cancellationToken)
    {
        try
        {
            var front = new NodeFront(
                settings.Urls, settings.AdminToken, settings.DrainDelay + settings.DrainTimeout, settings.RedisFront, settings.AdminTokenFile);
            var seed = await ReadSeedAsync(settings.RulesPath, cancellationToken).ConfigureAwait(false);
            Ports.Check(settings);
            var envoy = settings.Envoy is { } asked ? await EnvoyFront.OpenAsync(asked, cancellationToken).ConfigureAwait(false) : null;
            var redis = await ReachMembersAsync(settings, say, cancellationToken).ConfigureAwait(false);
            var node = new SiloNode(Build(settings, front, seed, redis, envoy, logging), front, redis, envoy);
            await node.StartAsync(cancellationToken).ConfigureAwait(false);
            node.Compare(settings.RulesPath, seed);
            return node;
        }
        catch (Exception e) when (Errors.OfStart(e, settings.RulesPath, settings.Urls, settings.RedisFront, settings.Envoy?.ConfigPath) is { } fault)
        {
            throw new SiloStartException(fault);
        }
    }

    /// <summary>Completes when the node was asked to stop, by a signal or by <see cref="StopAsync"/>, and has stopped.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Is no longer ready, finishes requests in flight, hands buckets over and leaves the cluster.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        if (_redis is not null)
        {
            await _redis.DisposeAsync().ConfigureAwait(false);
        }

        if (_envoy is not null)
        {
            await _envoy.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<RuleSet> ReadSeedAsync(string? path, CancellationToken cancellationToken)
    {
        await using var file = await RuleFile
            .OpenAsync(path, new RuleFileOptions { IsWatched = false }, cancellationToken)
            .ConfigureAwait(false);
        return file.Current;
    }

    /// <summary>Reads the rule file again. It is for a new cluster only, so that it changes nothing here.</summary>
    private static async Task<string?> DescribeSeedAsync(string? path, Func<RuleSet> inForce, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            return null;
        }

        var rules = await ReadSeedAsync(path, cancellationToken).ConfigureAwait(false);
        return rules.Rules.SequenceEqual(inForce().Rules)
            ? $"The rule file '{path}' was read; it is what the cluster has in force."
            : $"The rule file '{path}' was read; the cluster has other rules in force. 'throttle rules apply {path}' puts the file in force.";
    }

    private static async Task<IConnectionMultiplexer?> ReachMembersAsync(
        SiloSettings settings, Action<string> say, CancellationToken cancellationToken)
    {
        if (settings.Redis is { } redis)
        {
            if (IPAddress.IsLoopback(settings.AdvertisedAddress))
            {
                say($"{settings.AdvertisedAddress} is advertised: only silos and clients on this machine can reach this one.");
            }

            return await Members.ConnectAsync(redis).ConfigureAwait(false);
        }

        if (!settings.IsPrimary)
        {
            await Members.WaitForPrimaryAsync(settings, say, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    private static WebApplication Build(
        SiloSettings settings, NodeFront front, RuleSet seed, IConnectionMultiplexer? redis, EnvoyFront? envoy, IConfiguration logging)
    {
        var clock = settings.VirtualClockStart is { } start ? new VirtualTimeProvider(start) : TimeProvider.System;
        var builder = front.CreateBuilder();
        IHostApplicationLifetime? lifetime = null;
        AddLogging(builder.Logging, logging, () => redis is null && lifetime?.ApplicationStopping.IsCancellationRequested == true);
        builder.Services.AddSingleton(settings);
        builder.UseOrleans(silo => SiloCluster.Configure(silo, settings, seed, redis, clock));
        builder.Services.AddThrottleWebhooks(new WebhookProcessor(clock, settings.Webhooks));
        if (settings.Replication is { } replication)
        {
            builder.Services.AddReplication(replication, provider => provider.GetRequiredService<IMeterFactory>()).AddThrottleRegion();
        }

        builder.Services.AddThrottleClient(client => (client.Timeout, client.Unmatched) = (settings.AnswerTimeout, settings.Unmatched));
        builder.Services.AddSingleton<INodeState, SiloState>();
        builder.Services.AddHostedService<FrontDrain>();
        envoy?.AddTo(builder.Services);
        IRules? inForce = null;
        front.ReloadOnSignal(
            builder.Services,
            cancellationToken => DescribeSeedAsync(settings.RulesPath, () => inForce!.Current, cancellationToken),
            envoy is null ? null : envoy.DescribeAsync);

        var app = front.Build(builder, new ThrottleApiOptions
        {
            Clock = clock,
            MoreMeters = [OrleansMeter],
            TrustedProxies = settings.TrustedProxies,
        });
        lifetime = app.Lifetime;
        inForce = app.Services.GetRequiredService<IRules>();
        envoy?.LogTo(app.Services);
        if (settings.HasDashboard)
        {
            var dashboard = app.MapOrleansDashboard(DashboardPath);
            dashboard.ExcludeFromDescription();
            dashboard.RequireAdminToken(app.Services);
        }

        return app;
    }

    private static void AddLogging(ILoggingBuilder log, IConfiguration levels, Func<bool> isMemoryGoing)
    {
        // Storage in memory stops with the silo, so that grains can no longer write to it, each with a line or two.
        log.AddFilter("Orleans.Messaging", level => level >= LogLevel.Warning && !isMemoryGoing())
            .AddFilter("Orleans.Storage.MemoryGrainStorage", level => level >= LogLevel.Warning && !isMemoryGoing())
            .AddFilter("Polly", level => level >= LogLevel.Warning && !isMemoryGoing())
            .AddFilter("Throttle.Grains", level => level >= LogLevel.Information && !isMemoryGoing());

        // At its first look, each silo's watchdog takes the time since the machine's start for the time since the last look.
        log.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)

            // Orleans writes under this name about every change of the members.
            .AddFilter("Throttle.Grains.Membership.SiloAgent", LogLevel.Warning)
            .AddConfiguration(levels);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // It may be a member already: then it says so that it leaves.
            await _app.StopAsync(CancellationToken.None).ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Says so when the cluster already had other rules than the file.</summary>
    private void Compare(string? path, RuleSet seed)
    {
        if (path is not null && !Rules.Rules.SequenceEqual(seed.Rules))
        {
            LogNotTaken(_app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Throttle.Rules"), Rules.Version, path);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The cluster has rules already, version {Version}; those of '{Path}' differ and are not taken. 'throttle rules apply' changes the cluster's.")]
    private static partial void LogNotTaken(ILogger log, long version, string path);
}
