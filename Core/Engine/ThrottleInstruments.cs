using System.Diagnostics.Metrics;
using Throttle.Core.Queues;
using Throttle.Core.Rules;

namespace Throttle.Core.Engine;

/// <summary>
/// What a throttle counts, on the meter named <c>Throttle</c>: <c>throttle.decisions</c> by rule and outcome (<c>allowed</c>,
/// <c>refused</c>, <c>shadow_refused</c>, <c>error</c>), <c>throttle.permits</c> granted by rule, and <c>throttle.work</c> by rule and
/// outcome (<c>queued</c>, <c>delivered</c>, <c>retried</c>, <c>expired</c>, <c>failed</c>, <c>cancelled</c>, <c>dropped</c>). Never by key.
/// </summary>
public sealed class ThrottleInstruments : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Throttle";

    private readonly Counter<long> _decisions;
    private readonly Counter<long> _permits;
    private readonly Counter<long> _work;

    /// <summary>Instruments of one throttle.</summary>
    /// <param name="scope">The throttle: the meter's scope, which tells the meters of several throttles in a process apart.</param>
    public ThrottleInstruments(object scope)
    {
        Meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _decisions = Meter.CreateCounter<long>("throttle.decisions", "{decision}", "Decisions by rule and outcome.");
        _permits = Meter.CreateCounter<long>("throttle.permits", "{permit}", "Permits granted by rule.");
        _work = Meter.CreateCounter<long>("throttle.work", "{item}", "Work handed over to queues, by rule and what became of it.");
    }

    /// <summary>The meter, for more instruments of the same throttle.</summary>
    public Meter Meter { get; }

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    /// <summary>Counts a decision of one enforced rule.</summary>
    internal void Count(Decision decision)
    {
        if (_decisions.Enabled || _permits.Enabled)
        {
            Count(decision.Single, decision.IsAllowed);
        }
    }

    /// <summary>Counts what one rule said in a decision.</summary>
    /// <param name="rule">What it said.</param>
    /// <param name="isTaken">Whether its permits were taken.</param>
    internal void Count(in RuleDecision rule, bool isTaken)
    {
        if (_decisions.Enabled)
        {
            _decisions.Add(1, new("rule", rule.Rule.Id), new("outcome", OutcomeOf(rule)));
        }

        if (isTaken && _permits.Enabled && rule.Limiter.Grant.Permits > 0)
        {
            _permits.Add(rule.Limiter.Grant.Permits, new KeyValuePair<string, object?>("rule", rule.Rule.Id));
        }
    }

    /// <summary>Counts what became of work.</summary>
    internal void Count(string ruleId, in WorkCounts counts)
    {
        if (_work.Enabled)
        {
            CountWork(ruleId, "queued", counts.Queued);
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

    private static string OutcomeOf(in RuleDecision rule) =>
        rule.Error is not null ? "error"
        : rule.IsAllowed ? "allowed"
        : rule.Rule.Mode == RuleMode.Shadow ? "shadow_refused"
        : "refused";
}
