using Throttle.Core.Failures;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core;

/// <summary>What one rule said of one request.</summary>
public readonly record struct RuleDecision
{
    /// <summary>A limiter's answer under a rule.</summary>
    public RuleDecision(Rule rule, string key, LimiterDecision limiter)
    {
        Rule = rule;
        Key = key;
        Limiter = limiter;
    }

    /// <summary>No answer could be had; the rule's <see cref="Rule.OnError"/> decides.</summary>
    public RuleDecision(Rule rule, string key, Failure error)
    {
        Rule = rule;
        Key = key;
        Error = error;
    }

    /// <summary>The rule.</summary>
    public Rule Rule { get; }

    /// <summary>The bucket's key within the rule; see <see cref="BucketKey"/>.</summary>
    public string Key { get; }

    /// <summary>The limiter's answer; the default value when there is an <see cref="Error"/>.</summary>
    public LimiterDecision Limiter { get; }

    /// <summary>Why no answer could be had, or null.</summary>
    public Failure? Error { get; }

    /// <summary>What the leak is multiplied by now, where <see cref="IThrottle.InspectAsync"/> looked at an adaptive bucket; else null.</summary>
    public Factor? Factor { get; init; }

    /// <summary>Whether this rule by itself would let the request pass; for a shadow rule, whether it would if it were enforced.</summary>
    public bool IsAllowed => Error is null ? Limiter.IsAllowed : Rule.OnError == OnError.Allow;

    /// <summary>How long to wait before using what was granted.</summary>
    public TimeSpan Delay => Ticks.ToTimeSpan(Limiter.DelayTicks);

    /// <summary>
    /// How long until a retry would pass if nobody else came, and <see cref="Failure.RetryAfter"/> where an <see cref="Error"/>
    /// refuses; zero when allowed and when it never fits.
    /// </summary>
    public TimeSpan RetryAfter => Error is null ? Ticks.ToTimeSpan(Limiter.RetryAfterTicks) : IsAllowed ? TimeSpan.Zero : Failure.RetryAfter;

    /// <summary>How long until the bucket is as new.</summary>
    public TimeSpan ResetAfter => Ticks.ToTimeSpan(Limiter.ResetAfterTicks);

    /// <summary><c>per-user/42: allowed, 9 of 10 left</c>.</summary>
    public override string ToString() => Rule is null ? "no rule" : $"{Rule.Id}/{Key}: {(Error is { } error ? $"{(IsAllowed ? "allowed" : "refused")} by on-error: {error}" : Limiter.ToString())}";

    /// <summary>The lease that holds the permits, or null where the limiter grants none.</summary>
    public string? Lease => Limiter.Grant.LeaseId == default ? null : LeaseText.Format(Rule.Id, Key, Limiter.Grant.LeaseId);
}
