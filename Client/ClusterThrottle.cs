using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Throttle.Client.Buckets;
using Throttle.Client.Usage;
using Throttle.Core;
using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Time;
using Throttle.Core.Usage;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Client;

/// <summary>A throttle whose buckets live in a cluster: rules are matched here, each bucket is asked at its owner.</summary>
internal sealed class ClusterThrottle : IThrottle, IDisposable
{
    private readonly ThrottleInstruments _instruments;
    private readonly ThrottleEngine _engine;

    public ClusterThrottle(
        IGrainFactory grains,
        ClusterRules rules,
        IOptions<ThrottleClientOptions> options,
        [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
        UsageReporter usage,
        ILogger<ClusterThrottle> log)
    {
        var clock = new MonotonicClock(time);
        var buckets = Buckets = new ClusterBuckets(grains, rules, options.Value, time, clock, log);
        _instruments = new(scope: this);
        usage.Report(_instruments.Usage);
        _engine = new(rules, buckets, clock, _instruments);
        _instruments.Meter.CreateObservableGauge(
            "throttle.waiters", () => buckets.WaiterCount, "{caller}", "Callers that wait for their turn.");
    }

    public ClusterBuckets Buckets { get; }

    /// <summary>What is counted here.</summary>
    public UsageMeter Usage => _instruments.Usage;

    public ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        _engine.AskAsync(request, awaitTurn: true, cancellationToken);

    public ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        _engine.AskAsync(request, awaitTurn: false, cancellationToken);

    public ValueTask<IReadOnlyList<Decision>> ReserveEachAsync(
        IReadOnlyList<ThrottleRequest> requests, CancellationToken cancellationToken = default) =>
        _engine.ReserveEachAsync(requests, cancellationToken);

    public ValueTask<Decision> PeekAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        _engine.PeekAsync(request, cancellationToken);

    public ValueTask<BeginDecision> BeginAsync(Decision decision, CancellationToken cancellationToken = default) =>
        _engine.BeginAsync(decision, cancellationToken);

    public ValueTask<BeginDecision> BeginAsync(
        ThrottleRequest request, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        _engine.BeginAsync(request, at, cancellationToken);

    public ValueTask<bool> RanAsync(Decision decision, TimeSpan ago, CancellationToken cancellationToken = default) =>
        _engine.RanAsync(decision, ago, cancellationToken);

    public ValueTask<bool> RanAsync(
        ThrottleRequest request, DateTimeOffset at, TimeSpan ago, CancellationToken cancellationToken = default) =>
        _engine.RanAsync(request, at, ago, cancellationToken);

    public ValueTask<Factor?> SetFactorAsync(
        string ruleId, string key, Factor factor, CancellationToken cancellationToken = default) =>
        _engine.SetFactorAsync(ruleId, key, factor, cancellationToken);

    public ValueTask<bool> ReturnAsync(Decision decision, CancellationToken cancellationToken = default) =>
        _engine.ReturnAsync(decision, cancellationToken);

    public ValueTask<Decision> ReturnAsync(
        ThrottleRequest request, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        _engine.ReturnAsync(request, at, cancellationToken);

    public ValueTask<bool> EndLeaseAsync(string lease, CancellationToken cancellationToken = default) =>
        _engine.EndLeaseAsync(lease, cancellationToken);

    public ValueTask<DateTimeOffset?> RenewLeaseAsync(string lease, CancellationToken cancellationToken = default) =>
        _engine.RenewLeaseAsync(lease, cancellationToken);

    public ValueTask<RuleDecision?> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        _engine.InspectAsync(ruleId, key, cancellationToken);

    public ValueTask<bool?> ResetAsync(string ruleId, string key, CancellationToken cancellationToken = default) =>
        _engine.ResetAsync(ruleId, key, cancellationToken);

    public void Dispose() => _instruments.Dispose();
}
