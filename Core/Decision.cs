using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core;

/// <summary>The answer to one request: what the matching rules said, combined.</summary>
/// <remarks>
/// <see cref="Rule"/>, <see cref="Limit"/> and the rest speak of the decisive rule: among the enforced ones, the one that
/// refused (of several, the one with the longest wait), or the one with the least remaining.
/// </remarks>
public sealed class Decision
{
    private readonly LimiterDecision _limiter;
    private readonly RuleDecision[]? _all;
    private readonly long _at;
    private readonly long _delayTicks;

    /// <summary>No rule matched.</summary>
    internal Decision(long at, bool isAllowed = true)
    {
        IsAllowed = isAllowed;
        Key = "";
        _at = at;
    }

    /// <summary>One enforced rule matched, and its limiter answered.</summary>
    internal Decision(Rule rule, string key, in LimiterDecision limiter, long at)
    {
        IsAllowed = limiter.IsAllowed;
        Rule = rule;
        Key = key;
        _limiter = limiter;
        _at = at;
        _delayTicks = limiter.DelayTicks;
    }

    /// <summary>One enforced rule matched.</summary>
    internal Decision(in RuleDecision single, long at)
        : this(single.Rule, single.Key, single.Limiter, at)
    {
        IsAllowed = single.IsAllowed;
        Error = single.Error;
    }

    /// <summary>Several rules matched, or a shadow one.</summary>
    internal Decision(RuleDecision[] all, int decisive, bool isAllowed, long delayTicks, long at)
    {
        IsAllowed = isAllowed;
        Key = "";
        _all = all;
        (_at, _delayTicks) = (at, delayTicks);
        if (decisive >= 0)
        {
            (Rule, Key, Error, _limiter) = (all[decisive].Rule, all[decisive].Key, all[decisive].Error, all[decisive].Limiter);
        }
    }

    /// <summary>Whether the request may go, after <see cref="Delay"/>.</summary>
    public bool IsAllowed { get; }

    /// <summary>How long to wait before going; zero when refused, and after <see cref="IThrottle.AcquireAsync"/>, which has waited.</summary>
    public TimeSpan Delay => Ticks.ToTimeSpan(_delayTicks);

    /// <summary>The instant from which an allowed request may go, for giving permits back later; when refused, the present.</summary>
    public DateTimeOffset At => Ticks.ToInstant(_at);

    /// <summary>The decisive rule, or null when no enforced rule matched.</summary>
    public Rule? Rule { get; }

    /// <summary>The decisive rule's bucket; empty when no enforced rule matched.</summary>
    public string Key { get; }

    /// <summary>The decisive rule's limit: the most permits one request can take.</summary>
    public long Limit => _limiter.Limit;

    /// <summary>Permits left in the decisive rule's bucket.</summary>
    public long Remaining => _limiter.Remaining;

    /// <summary>
    /// How long until a retry would pass if nobody else came: above zero when refused, except where it never fits. Where no answer
    /// could be had it is <see cref="Failure.RetryAfter"/>.
    /// </summary>
    public TimeSpan RetryAfter =>
        Error is null ? Ticks.ToTimeSpan(_limiter.RetryAfterTicks) : IsAllowed ? TimeSpan.Zero : Failure.RetryAfter;

    /// <summary>How long until the decisive rule's bucket is as new.</summary>
    public TimeSpan ResetAfter => Ticks.ToTimeSpan(_limiter.ResetAfterTicks);

    /// <summary>
    /// Whether no wait helps: the cost is above the limit, or no rule matches and such requests are refused
    /// (<see cref="UnmatchedRequests.Refuse"/>).
    /// </summary>
    public bool NeverFits => _limiter.NeverFits || (!IsAllowed && Rules.Count == 0);

    /// <summary>Why the decisive rule could not be asked, or null.</summary>
    public Failure? Error { get; }

    /// <summary>One entry for each rule that matched, in the rules' order, shadow ones included; empty when none did.</summary>
    public IReadOnlyList<RuleDecision> Rules => _all ?? (Rule is null ? [] : [Single]);

    /// <summary>The lease that holds the permits, of all rules that grant one; null when none does.</summary>
    public string? Lease => !IsAllowed ? null : _all is not null ? LeaseText.Join(_all) : Rule is null ? null : Single.Lease;

    /// <summary><c>allowed by 'per-user', 9 of 10 left</c>, <c>refused by 'per-user', retry after 1.5s</c>.</summary>
    public override string ToString() =>
        Rule is null ? IsAllowed ? "allowed, no rule matches" : Rules.Count > 0 ? "refused" : "refused, no rule matches"
        : Error is { } error ? $"{(IsAllowed ? "allowed" : "refused")} by the on-error of '{Rule.Id}': {error}"
        : !IsAllowed ? $"refused by '{Rule.Id}', {(NeverFits ? $"above its limit of {Limit}" : $"retry after {Durations.Format(RetryAfter.Ticks)}")}"
        : $"allowed by '{Rule.Id}'{(_delayTicks > 0 ? $" after {Durations.Format(_delayTicks)}" : "")}, {Remaining} of {Limit} left";

    /// <summary>What the only rule said; for decisions of one enforced rule.</summary>
    internal RuleDecision Single => Error is null ? new(Rule!, Key, _limiter) : new(Rule!, Key, Error);

    /// <summary>When the first of the grants expires, for limiters whose permits do not keep; the end of the year 9999 where they do. Shadow rules have no say.</summary>
    public DateTimeOffset ExpiresAt
    {
        get
        {
            var first = Ticks.Never;
            foreach (var rule in Rules)
            {
                var grant = rule.Limiter.Grant;
                first = grant.Permits > 0 && rule.Rule.Mode == RuleMode.Enforce ? Math.Min(first, grant.ExpiresAt) : first;
            }

            return Ticks.ToInstant(first);
        }
    }
}
