using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Throttle.Client.Buckets;
using Throttle.Client.Usage;
using Throttle.Core;
using Throttle.Core.Engine;
using Throttle.Core.Time;
using Throttle.Core.Usage;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Client;

/// <summary>A throttle whose buckets live in a cluster: rules are matched here, each bucket is asked at its owner.</summary>
internal sealed partial class ClusterThrottle : DelegatingThrottle, IDisposable
{
    private readonly ThrottleInstruments _instruments;
    private readonly ThrottleEngine _engine;

    public ClusterThrottle(
        IGrainFactory grains,
        ClusterRules rules,
        IOptions<ThrottleClientOptions> options,
        [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
        UsageReporter usage,
        IServiceProvider services,
        ILogger<ClusterThrottle> log)
    {
        var clock = new MonotonicClock(time);
        var buckets = Buckets = new ClusterBuckets(grains, rules, options.Value, time, clock, log);

        // A silo's buckets count what becomes of work in the same place, so that it is reported too.
        _instruments = services.GetService<ThrottleInstruments>() ?? new(scope: this);
        usage.Report(_instruments.Usage);
        _engine = new(rules, buckets, clock, _instruments, options.Value.Unmatched, sentence => LogUnmatched(log, sentence));
        _instruments.Meter.CreateObservableGauge(
            "throttle.waiters", () => buckets.WaiterCount, "{caller}", "Callers that wait for their turn.");
    }

    public ClusterBuckets Buckets { get; }

    /// <summary>What is counted here.</summary>
    public UsageMeter Usage => _instruments.Usage;

    protected override IThrottle Inner => _engine;

    public override ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        _engine.AskAsync(request, awaitTurn: true, cancellationToken);

    public override ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        _engine.AskAsync(request, awaitTurn: false, cancellationToken);

    public void Dispose() => _instruments.Dispose();

    [LoggerMessage(2, LogLevel.Warning, "{Sentence}")]
    private static partial void LogUnmatched(ILogger log, string sentence);
}
