using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Throttle.Core;
using Throttle.Core.Engine;

namespace Throttle.Api.Envoy;

/// <summary>
/// What Envoy's ratelimit service counts, on the throttle's meter: by rule, which is the limit's name in the files, and where
/// <c>detailed_metric</c> or <c>value_to_metric</c> says so with values of requests in it. Of names with such values, and of limits
/// that requests carry, 1,000 are told apart; what is beyond counts under the limit's name without them.
/// </summary>
internal sealed class EnvoyMeter : IDisposable
{
    /// <summary>The most names with values of requests in them.</summary>
    public const int MaxSentNames = 1_000;

    private readonly ConcurrentDictionary<string, string> _sent = new(StringComparer.Ordinal);
    private readonly Meter _meter;
    private readonly Counter<long> _hits;
    private readonly Counter<long> _within;
    private readonly Counter<long> _near;
    private readonly Counter<long> _over;
    private readonly Counter<long> _shadow;
    private readonly Counter<long> _globalShadow;
    private readonly Counter<long> _unknown;
    private readonly Counter<long> _errors;

    public EnvoyMeter(IThrottle scope, EnvoyConfigSource source)
    {
        _meter = new(new MeterOptions(ThrottleInstruments.MeterName) { Scope = scope });
        _hits = _meter.CreateCounter<long>("throttle.envoy.hits", "{hit}", "Hits asked for, by rule: Envoy's total_hits.");
        _within = _meter.CreateCounter<long>("throttle.envoy.within_limit", "{hit}", "Hits of calls within the limit, by rule.");
        _near = _meter.CreateCounter<long>("throttle.envoy.near_limit", "{hit}", "Hits beyond four fifths of the limit and within it, by rule.");
        _over = _meter.CreateCounter<long>("throttle.envoy.over_limit", "{hit}", "Hits beyond the limit, by rule.");
        _shadow = _meter.CreateCounter<long>("throttle.envoy.shadow_mode", "{hit}", "Hits beyond the limit that shadow_mode let pass, by rule.");
        _globalShadow = _meter.CreateCounter<long>("throttle.envoy.global_shadow_mode", "{request}", "Requests that the global shadow mode let pass.");
        _unknown = _meter.CreateCounter<long>("throttle.envoy.domain_not_found", "{request}", "Requests for domains that are not in the files.");
        _errors = _meter.CreateCounter<long>("throttle.envoy.errors", "{request}", "Requests that could not be decided: a bucket gave no answer.");
        _meter.CreateObservableCounter("throttle.envoy.config_load_success", () => source.Loads, "{load}", "Configurations that came into force.");
        _meter.CreateObservableCounter("throttle.envoy.config_load_error", () => source.Errors, "{load}", "Configurations that were refused.");
    }

    public void CountUnknownDomain() => _unknown.Add(1);

    public void CountGlobalShadow() => _globalShadow.Add(1);

    public void CountError() => _errors.Add(1);

    /// <summary>Counts what one limit said.</summary>
    /// <param name="match">The limit.</param>
    /// <param name="before">What was used before.</param>
    /// <param name="hits">The hits asked for.</param>
    public void Count(EnvoyMatch match, ulong before, ulong hits)
    {
        if (hits == 0)
        {
            return;
        }

        // So that no caller can make a counter overflow.
        hits = Math.Min(hits, uint.MaxValue);
        var tag = new KeyValuePair<string, object?>("rule", NameOf(match));
        var told = EnvoyHits.Of(match.Limit.RequestsPerUnit, before, hits);
        _hits.Add((long)hits, tag);
        Add(_within, told.Within, tag);
        Add(_near, told.Near, tag);
        Add(_over, told.Over, tag);
        Add(_shadow, match.Limit.IsShadow ? told.Over : 0, tag);
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>The name to count under; one with values of requests in it only while there is room.</summary>
    internal string NameOf(EnvoyMatch match)
    {
        if (string.Equals(match.Rule, match.FileRule, StringComparison.Ordinal) || _sent.TryGetValue(match.Rule, out _))
        {
            return match.Rule;
        }

        return _sent.Count < MaxSentNames && _sent.TryAdd(match.Rule, match.Rule) ? match.Rule : match.FileRule;
    }

    private static void Add(Counter<long> counter, ulong hits, KeyValuePair<string, object?> tag)
    {
        if (hits > 0)
        {
            counter.Add((long)hits, tag);
        }
    }
}
