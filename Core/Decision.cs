using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core;

/// <summary>The answer to one request: what the matching rules said, combined.</summary>
/// <remarks>
/// <see cref="Rule"/>, <see cref="Limit"/> and the rest speak of the decisive rule: among the enforced ones, the one that
/// refused (of several, the one with the longest wait), or the one with the least remaining.
/// </remarks>
public readonly struct Decision
{
    private readonly RuleDecision _single;
    private readonly RuleDecision[]? _all;

    /// <summary>No rule matched: allowed.</summary>
    internal Decision(long at)
        : this()
    {
        IsAllowed = true;
        At = Ticks.ToInstant(at);
    }

    /// <summary>One enforced rule matched.</summary>
    internal Decision(in RuleDecision single, long at)
        : this()
    {
        IsAllowed = single.IsAllowed;
        _single = single;
        At = Ticks.ToInstant(at);
        Delay = single.Delay;
    }

    /// <summary>Several rules matched, or a shadow one.</summary>
    internal Decision(RuleDecision[] all, int decisive, bool isAllowed, long delayTicks, long at)
        : this()
    {
        IsAllowed = isAllowed;
        _all = all;
        _single = decisive < 0 ? default : all[decisive];
        At = Ticks.ToInstant(at);
        Delay = Ticks.ToTimeSpan(delayTicks);
    }

    /// <summary>Whether the request may go, after <see cref="Delay"/>.</summary>
    public bool IsAllowed { get; }

    /// <summary>How long to wait before going; zero when refused, and after <see cref="IThrottle.AcquireAsync"/>, which has waited.</summary>
    public TimeSpan Delay { get; }

    /// <summary>The instant from which an allowed request may go, for giving permits back later; when refused, the present.</summary>
    public DateTimeOffset At { get; }

    /// <summary>The decisive rule, or null when no enforced rule matched.</summary>
    public Rule? Rule => _single.Rule;

    /// <summary>The decisive rule's bucket; empty when no enforced rule matched.</summary>
    public string Key => _single.Key ?? "";

    /// <summary>The decisive rule's limit: the most permits one request can take.</summary>
    public long Limit => _single.Limiter.Limit;

    /// <summary>Permits left in the decisive rule's bucket.</summary>
    public long Remaining => _single.Limiter.Remaining;

    /// <summary>How long until a retry would pass if nobody else came: above zero when refused, except where it never fits or no answer could be had.</summary>
    public TimeSpan RetryAfter => _single.RetryAfter;

    /// <summary>How long until the decisive rule's bucket is as new.</summary>
    public TimeSpan ResetAfter => _single.ResetAfter;

    /// <summary>Whether no wait helps, because the cost is above the limit.</summary>
    public bool NeverFits => _single.Limiter.NeverFits;

    /// <summary>Why the decisive rule could not be asked, or null.</summary>
    public string? Error => _single.Error;

    /// <summary>One entry for each rule that matched, in the rules' order, shadow ones included; empty when none did.</summary>
    public IReadOnlyList<RuleDecision> Rules => _all ?? (_single.Rule is null ? [] : [_single]);

    /// <summary>The lease that holds the permits, of all rules that grant one; null when none does.</summary>
    public string? Lease => !IsAllowed ? null : _all is null ? (_single.Rule is null ? null : _single.Lease) : LeaseText.Join(_all);

    /// <summary>When the first of the grants expires, for limiters whose permits do not keep; the end of the year 9999 where they do.</summary>
    public DateTimeOffset ExpiresAt
    {
        get
        {
            var first = Ticks.Never;
            foreach (var rule in Rules)
            {
                var grant = rule.Limiter.Grant;
                first = grant.Permits > 0 ? Math.Min(first, grant.ExpiresAt) : first;
            }

            return Ticks.ToInstant(first);
        }
    }
}
