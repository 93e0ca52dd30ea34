using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Throttle.Api.Envoy;
using Throttle.Api.Http;
using Throttle.Api.Replication;
using Throttle.Api.RuleFiles;
using Throttle.Api.Webhooks;
using Throttle.Core;
using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Queues;
using Throttle.Core.Replication;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Api.Hosting;

/// <summary>One node: rules, engine and fronts in this process. It stops on SIGTERM and SIGINT, after requests in flight.</summary>
public sealed partial class ThrottleNode : IAsyncDisposable
{
    private static readonly Exception NoRoom = new InvalidOperationException("Every bucket in memory holds a debt.");

    private readonly WebApplication _app;
    private readonly NodeFront _front;
    private readonly RuleFile _rules;
    private readonly LocalThrottle _engine;
    private readonly WebhookProcessor _webhooks;
    private readonly LocalWorkQueues _queues;
    private readonly EnvoyFront? _envoy;

    private ThrottleNode(
        WebApplication app,
        NodeFront front,
        RuleFile rules,
        LocalThrottle engine,
        WebhookProcessor webhooks,
        LocalWorkQueues queues,
        EnvoyFront? envoy)
    {
        (_app, _front, _rules, _envoy) = (app, front, rules, envoy);
        (_engine, _webhooks, _queues) = (engine, webhooks, queues);
    }

    /// <summary>The addresses listened on, with the ports that were taken.</summary>
    public IReadOnlyList<string> Addresses => _front.AddressesOf(_app);

    /// <summary>Where the Redis protocol is spoken, with the port that was taken; null for nowhere.</summary>
    public IPEndPoint? RedisEndPoint => _front.RedisEndPoint;

    /// <summary>The rules in force; a <see cref="RuleFile"/>.</summary>
    public IRules Rules => _rules;

    /// <summary>The engine.</summary>
    public IThrottle Throttle => _engine;

    /// <summary>The configuration of Envoy's ratelimit service in force; null where there is none.</summary>
    public EnvoyConfig? Envoy => _envoy?.Config;

    /// <summary>The token that edits and resets need, given or generated; null when they need none.</summary>
    public string? AdminToken => _front.AdminToken;

    /// <summary>Whether the token was generated, and must be shown to somebody.</summary>
    public bool IsAdminTokenGenerated => _front.IsAdminTokenGenerated;

    /// <summary>Whether time stands still until it is moved.</summary>
    public bool IsVirtualClock => VirtualClock is not null;

    /// <summary>The clock that stands still until it is moved, or null when the node runs on the machine's.</summary>
    public VirtualTimeProvider? VirtualClock { get; private init; }

    internal IServiceProvider Services => _app.Services;

    /// <summary>Starts a node; it answers when this completes.</summary>
    /// <param name="options">What to start.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="InvalidRulesException">The rule file is faulty.</exception>
    /// <exception cref="EnvoyConfigException">The configuration of Envoy's ratelimit service is faulty.</exception>
    /// <exception cref="IOException">A file cannot be read, or an address is taken.</exception>
    public static async Task<ThrottleNode> StartAsync(NodeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.MaxBuckets < 1)
        {
            throw new ArgumentException($"MaxBuckets is {options.MaxBuckets}; use 1 or more.", nameof(options));
        }

        options.Replication?.Check();
        options.Webhooks.Check();
        var front = new NodeFront(options.Urls, options.AdminToken, options.DrainTimeout, options.Redis, options.AdminTokenFile);
        var clock = options.VirtualClockStart is { } start ? new VirtualTimeProvider(start) : null;

        var envoy = options.Envoy is { } asked ? await EnvoyFront.OpenAsync(asked, cancellationToken).ConfigureAwait(false) : null;
        var rules = await OpenRulesAsync(options, envoy, cancellationToken).ConfigureAwait(false);
        var node = Build(options, front, rules, envoy, clock ?? TimeProvider.System);
        try
        {
            node.WatchRules();
            await node._app.StartAsync(cancellationToken).ConfigureAwait(false);
            return node;
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Completes when the node was asked to stop, by a signal or by <see cref="StopAsync"/>, and has stopped.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) => _app.WaitForShutdownAsync(cancellationToken);

    /// <summary>Is no longer ready, finishes requests in flight, at most <see cref="NodeOptions.DrainTimeout"/>, and stops.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => _app.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        _queues.Dispose();
        _webhooks.Dispose();
        await _engine.DisposeAsync().ConfigureAwait(false);
        await _rules.DisposeAsync().ConfigureAwait(false);
        if (_envoy is not null)
        {
            await _envoy.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<RuleFile> OpenRulesAsync(NodeOptions options, EnvoyFront? envoy, CancellationToken cancellationToken)
    {
        try
        {
            return await RuleFile.OpenAsync(options.RulesPath, null, cancellationToken).ConfigureAwait(false);
        }
        catch when (envoy is not null)
        {
            await envoy.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static ThrottleNode Build(NodeOptions options, NodeFront front, RuleFile rules, EnvoyFront? envoy, TimeProvider clock)
    {
        var replicator = options.Replication is { } shared ? new Replicator(shared.Region, NewIncarnation()) : null;
        ILogger? log = null;
        var failures = new FailureLog((_, rule, _) => LogNoRoom(log!, rule, options.MaxBuckets), TimeProvider.System);
        var engine = new LocalThrottle(rules, new LocalThrottleOptions
        {
            OnNoRoom = rule => failures.Tell(FailureReason.NoRoom, rule, NoRoom),
            TimeProvider = clock,
            MaxBuckets = options.MaxBuckets,
            Unmatched = options.Unmatched,
            OnUnmatched = sentence => LogUnmatched(log!, sentence),
            NodeName = replicator?.Region ?? "local",
            Replicator = replicator,
        });
        var webhooks = new WebhookProcessor(clock, options.Webhooks);
        var queues = new LocalWorkQueues(engine, webhooks);
        var builder = front.CreateBuilder();
        if (replicator is not null)
        {
            AddReplication(builder.Services, options.Replication!, replicator, engine, clock);
        }

        builder.Services.AddSingleton<IRules>(rules).AddSingleton<IThrottle>(engine).AddSingleton<IBucketList>(engine).AddSingleton(engine.Usage).AddSingleton(engine.InlineLimits)
            .AddSingleton<IWorkQueues>(queues).AddThrottleWebhooks(webhooks);
        envoy?.AddTo(builder.Services);
        AddLogging(builder, options);
        front.ReloadOnSignal(builder.Services, rules.DescribeAsync, envoy is null ? null : envoy.DescribeAsync);
        var app = front.Build(builder, new ThrottleApiOptions
        {
            Clock = clock,
            RuleFileError = () => rules.LastError,
            RuleFileKept = () => rules.KeptPath,
            TrustedProxies = options.TrustedProxies,
        });
        log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Throttle.Buckets");
        return new ThrottleNode(app, front, rules, engine, webhooks, queues, envoy)
        {
            VirtualClock = clock as VirtualTimeProvider,
        };
    }

    private static void AddLogging(WebApplicationBuilder builder, NodeOptions options)
    {
        if (options.Logging is not null)
        {
            builder.Logging.AddConfiguration(options.Logging);
        }
    }

    private static void AddReplication(
        IServiceCollection services, ReplicationOptions options, Replicator replicator, LocalThrottle engine, TimeProvider clock)
    {
        services.AddSingleton<IReplicationLog>(replicator).AddSingleton<IReplicationInbox>(replicator)
            .AddReplication(options, _ => engine)
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<ReplicationExchange>(provider, clock))
            .AddHostedService(provider => provider.GetRequiredService<ReplicationExchange>());
    }

    /// <summary>A number that no other run has, exact in every JSON reader.</summary>
    private static long NewIncarnation() =>
        1 + (BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & (Limits.MaxPermits - 1));

    private void WatchRules()
    {
        var log = _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Throttle.Rules");
        _rules.Reported += report => FileNews.Write(log, report.Error, report.Message);
        _envoy?.LogTo(_app.Services);
    }

    [LoggerMessage(1, LogLevel.Warning, "A bucket of {Rule} was refused: there is no room, and its on-error decides. Of {Max} buckets a rule has at most half beside others; --max-buckets raises that. This is said once a minute, /metrics counts it as throttle_buckets_refused_total")]
    private static partial void LogNoRoom(ILogger log, string rule, long max);

    [LoggerMessage(2, LogLevel.Warning, "{Sentence}")]
    private static partial void LogUnmatched(ILogger log, string sentence);
}
