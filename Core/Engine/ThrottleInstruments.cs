using System.Diagnostics.Metrics;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Usage;

namespace Throttle.Core.Engine;

/// <summary>
/// What a throttle counts, on the meter named <c>Throttle</c>: <c>throttle.decisions</c> by rule and outcome (<c>allowed</c>,
/// <c>refused</c>, <c>shadow_refused</c>, <c>error</c>), <c>throttle.permits</c> granted by rule, <c>throttle.permits.returned</c> by rule, <c>throttle.requests.unmatched</c> that
/// matched no rule, and <c>throttle.work</c> by rule and
/// outcome (<c>queued</c>, <c>refused</c>, <c>delivered</c>, <c>retried</c>, <c>expired</c>, <c>failed</c>, <c>cancelled</c>, <c>dropped</c>). Never by key.
/// </summary>
public sealed class ThrottleInstruments : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Throttle";

    private readonly Counter<long> _work;

    /// <summary>Instruments of one throttle.</summary>
    /// <param name="scope">The throttle: the meter's scope, which tells the meters of several throttles in a process apart.</param>
    public ThrottleInstruments(object scope)
    {
        Meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        Meter.CreateObservableCounter("throttle.decisions", MeasureDecisions, "{decision}", "Decisions by rule and outcome.");
        Meter.CreateObservableCounter("throttle.permits", MeasurePermits, "{permit}", "Permits granted by rule.");
        Meter.CreateObservableCounter("throttle.permits.returned", MeasureReturned, "{permit}", "Permits that callers gave back, by rule.");
        _work = Meter.CreateCounter<long>("throttle.work", "{item}", "Work handed over to queues, by rule and what became of it.");
    }

    /// <summary>The meter, for more instruments of the same throttle.</summary>
    public Meter Meter { get; }

    /// <summary>The counts themselves; the meter shows the same ones, so that each decision is counted once.</summary>
    internal UsageMeter Usage { get; } = new();

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    /// <summary>Counts what one rule said in a decision.</summary>
    /// <param name="set">The rules that were asked.</param>
    /// <param name="index">The rule's place among them.</param>
    /// <param name="said">What it said.</param>
    /// <param name="isTaken">Whether its permits were taken.</param>
    internal void Count(RuleSet set, int index, in RuleDecision said, bool isTaken) =>
        Usage.Count(set, index, OutcomeOf(said), isTaken ? said.Limiter.Grant.Permits : 0);

    /// <summary>Shows how many requests matched no rule.</summary>
    internal void CountUnmatched(UnmatchedWatch watch) => Meter.CreateObservableCounter(
        "throttle.requests.unmatched", () => watch.Count, "{request}", "Requests that matched no rule.");

    private static UsageOutcome OutcomeOf(in RuleDecision said) =>
        said.Error is not null ? UsageOutcome.Error
        : said.IsAllowed ? UsageOutcome.Allowed
        : said.Rule.Mode == RuleMode.Shadow ? UsageOutcome.ShadowRefused
        : UsageOutcome.Refused;

    private static Measurement<long> Measure(long count, string rule, string outcome) =>
        new(count, new("rule", rule), new("outcome", outcome));

    private IEnumerable<Measurement<long>> MeasureDecisions() => Usage.Read().SelectMany(row => new[]
    {
        Measure(row.Counts.Allowed, row.Rule, "allowed"),
        Measure(row.Counts.Refused, row.Rule, "refused"),
        Measure(row.Counts.ShadowRefused, row.Rule, "shadow_refused"),
        Measure(row.Counts.Errors, row.Rule, "error"),
    }).Where(measured => measured.Value > 0);

    private IEnumerable<Measurement<long>> MeasurePermits() => Usage.Read()
        .Where(row => row.Counts.Permits > 0)
        .Select(row => new Measurement<long>(row.Counts.Permits, new KeyValuePair<string, object?>("rule", row.Rule)));

    private IEnumerable<Measurement<long>> MeasureReturned() => Usage.ReadReturned()
        .Select(row => new Measurement<long>(row.Permits, new KeyValuePair<string, object?>("rule", row.Rule)));

    /// <summary>Counts what became of work.</summary>
    internal void Count(string ruleId, in WorkCounts counts)
    {
        Usage.Count(ruleId, new(counts.Queued, counts.Refused, 0, counts.Failed + counts.Expired, counts.Delivered));
        if (_work.Enabled)
        {
            CountWork(ruleId, "queued", counts.Queued);
            CountWork(ruleId, "refused", counts.Refused);
            CountWork(ruleId, "delivered", counts.Delivered);
            CountWork(ruleId, "retried", counts.Retried);
            CountWork(ruleId, "expired", counts.Expired);
            CountWork(ruleId, "failed", counts.Failed);
            CountWork(ruleId, "cancelled", counts.Cancelled);
            CountWork(ruleId, "dropped", counts.Dropped);
        }
    }

    private void CountWork(string ruleId, string outcome, int items)
    {
        if (items > 0)
        {
            _work.Add(items, new("rule", ruleId), new("outcome", outcome));
        }
    }
}
