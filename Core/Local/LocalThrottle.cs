using System.Diagnostics.Metrics;
using System.Globalization;
using Throttle.Core.Engine;
using Throttle.Core.Inline;
using Throttle.Core.Limiters;
using Throttle.Core.Replication;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Core.Usage;

namespace Throttle.Core.Local;

/// <summary>
/// A throttle in this process: exact, safe from any number of threads, its memory bounded by the debts it must remember.
/// </summary>
/// <example>
/// <code>
/// await using var throttle = new LocalThrottle(LimitBy.TokenBucket("per-client", capacity: 20, refill: "10/s", key: "user"));
/// var decision = await throttle.AcquireAsync([("user", "42")]);
/// Console.WriteLine(decision.IsAllowed ? $"go, {decision.Remaining} left" : $"wait {decision.RetryAfter}");
/// </code>
/// </example>
public sealed class LocalThrottle : DelegatingThrottle, IBucketList, IDisposable, IAsyncDisposable
{
    private readonly LocalBuckets _buckets;
    private readonly IBuckets _asked;
    private readonly ThrottleInstruments _instruments;
    private readonly ThrottleEngine _engine;

    /// <summary>A throttle with these rules, which never change.</summary>
    /// <exception cref="InvalidRulesException">Something is wrong with the rules; every fault is listed.</exception>
    public LocalThrottle(params IEnumerable<Rule> rules)
        : this(new LocalRules(rules))
    {
    }

    /// <summary>A throttle with these rules, which never change, and options.</summary>
    /// <exception cref="InvalidRulesException">Something is wrong with the rules; every fault is listed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public LocalThrottle(IEnumerable<Rule> rules, LocalThrottleOptions options)
        : this(new LocalRules(rules), options)
    {
    }

    /// <summary>A throttle whose rules may change while it runs.</summary>
    /// <param name="rules">The rules in force; disposing the throttle leaves them alone.</param>
    /// <param name="options">Clock and memory; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public LocalThrottle(IRules rules, LocalThrottleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(rules);
        options ??= new();
        if (options.MaxBuckets < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.MaxBuckets, $"MaxBuckets is {options.MaxBuckets}; use 1 or more.");
        }

        if (!Enum.IsDefined(options.Unmatched))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Unmatched, $"Unmatched is {options.Unmatched}; use one of {string.Join(", ", Enum.GetNames<UnmatchedRequests>())}.");
        }

        (Rules, Time) = (rules, options.TimeProvider);
        _buckets = new(rules, options.TimeProvider, options.MaxBuckets, options.OnNoRoom ?? (static _ => { }), options.NewLeaseId);
        _instruments = new(scope: this);
        _asked = options.Replicator is { } replicator ? new ReplicatedBuckets(_buckets, replicator) : _buckets;
        options.Replicator?.Attach(_buckets);
        _engine = new(rules, _asked, _buckets.Clock, _instruments, options.Unmatched, options.OnUnmatched);
        InlineLimits = new LocalInlineLimits(_buckets.Inline, _instruments.Usage);
        Usage = new LocalUsage(_instruments.Usage, options.NodeName, Ticks.ToInstant(_buckets.Clock.Now));
        _instruments.Meter.CreateObservableGauge("throttle.buckets", MeasureBuckets, "{bucket}", "Buckets remembered, by rule.");
        _instruments.Meter.CreateObservableGauge("throttle.buckets.max", () => _buckets.Max, "{bucket}", "The most buckets that may be remembered.");
        _instruments.Meter.CreateObservableCounter(
            "throttle.buckets.refused", MeasureRefusals, "{bucket}", "Times that there was no room for another bucket, by rule; a request may try twice before its on-error decides.");
        _instruments.Meter.CreateObservableGauge("throttle.waiters", () => WaiterCount, "{caller}", "Callers that wait for their turn.");
    }

    /// <summary>The rules in force.</summary>
    public IRules Rules { get; }

    /// <summary>Buckets beside those of the rules, whose limits come with the calls. They share the throttle's clock and its room.</summary>
    public IInlineLimits InlineLimits { get; }

    /// <summary>What it has decided since it was made, by rule.</summary>
    public IUsage Usage { get; }

    /// <summary>How many buckets are remembered.</summary>
    public long BucketCount => _buckets.Count;

    /// <summary>How many callers wait in line or for their turn under one rule.</summary>
    public int WaiterCount => _buckets.WaiterCount;

    /// <summary>The buckets of one rule, to be asked by key without matching; the quickest way where the rule is known.</summary>
    /// <exception cref="UnknownRuleException">There is no such rule now.</exception>
    public LocalRule For(string ruleId) => Rules.Current.IndexOf(ruleId) >= 0
        ? new(this, ruleId)
        : throw new UnknownRuleException(ruleId, Rules.Current);

    /// <inheritdoc/>
    public ValueTask<BucketPage?> ListAsync(string ruleId, string? after, int limit, CancellationToken cancellationToken = default)
    {
        IBucketList.Check(ruleId, limit);
        cancellationToken.ThrowIfCancellationRequested();
        var start = 0L;
        if (after is not null && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out start))
        {
            throw new FormatException($"'{ShownText.Of(after)}' is not the next of a page.");
        }

        return new(_buckets.List(ruleId, start, limit));
    }

    /// <inheritdoc/>
    public override bool AnswersAtOnce => true;

    /// <inheritdoc/>
    protected override IThrottle Inner => _engine;

    /// <inheritdoc/>
    public override ValueTask<Decision> AcquireAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        _engine.AskAsync(request, awaitTurn: true, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default) =>
        _engine.AskAsync(request, awaitTurn: false, cancellationToken);

    /// <summary>Stops timers and counting. Who waits for a turn still gets it; whoever asks afterwards, or waits in line for a lease, gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _buckets.Dispose();
        _instruments.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal LocalBuckets Buckets => _buckets;

    internal TimeProvider Time { get; }

    internal ThrottleInstruments Instruments => _instruments;

    internal bool TryAcquire(in BucketCall call, out LimiterDecision decision) => _asked.TryAcquire(call, out decision);

    internal long MissingOf(string ruleId, string key) => ((ISharedBuckets)_buckets).MissingOf(ruleId, key) ?? 0;

    internal void Count(RuleSet set, int index, in RuleDecision said) => _instruments.Count(set, index, said, said.IsAllowed);

    private IEnumerable<Measurement<long>> MeasureRefusals() =>
        _buckets.Refusals().Select(r => new Measurement<long>(r.Refused, new KeyValuePair<string, object?>("rule", r.Name)));

    private IEnumerable<Measurement<long>> MeasureBuckets() =>
        _buckets.Counts().Select(c => (Name: c.Rule.Id, c.Count)).Concat(_buckets.Inline.Counts())
            .Select(c => new Measurement<long>(c.Count, new KeyValuePair<string, object?>("rule", c.Name)));
}
