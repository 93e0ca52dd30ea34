using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.AspNetCore.Answers;

/// <summary>
/// The fields <c>RateLimit-Policy</c>, <c>RateLimit</c> (draft-ietf-httpapi-ratelimit-headers-10) and <c>Retry-After</c>
/// (RFC 9110), with one list member for each enforced rule that matched: the decisive one, and the first 15 others.
/// </summary>
/// <remarks>
/// Clients and proxies refuse answers whose fields are long; the body tells of all rules, however many.
/// Seconds are rounded up. <c>t</c> is the wait until a retry would pass for a rule that refused, and the time until the
/// bucket is as new for one that did not; it is left out where it would lie after <c>Retry-After</c>, which the draft forbids.
/// </remarks>
public static class RateLimitFields
{
    /// <summary>The largest integer of a structured field (RFC 9651): 15 digits.</summary>
    private const long MaxInteger = 999_999_999_999_999;

    private const int MaxOthers = 15;

    private static readonly ConditionalWeakTable<Rule, string> Policies = [];

    /// <summary>Sets the fields of an answer; <c>Retry-After</c> on a refusal that a wait would help.</summary>
    public static void Set(IHeaderDictionary headers, Decision decision) => Set(headers, [decision]);

    /// <summary>
    /// Sets the fields for all that was asked for one answer, as one list. Of a rule that was asked twice the last decision counts.
    /// </summary>
    public static void Set(IHeaderDictionary headers, params ReadOnlySpan<Decision> decisions)
    {
        ArgumentNullException.ThrowIfNull(headers);
        long retryAfter = 0;
        foreach (var decision in decisions)
        {
            ArgumentNullException.ThrowIfNull(decision);
            retryAfter = Math.Max(retryAfter, decision.IsAllowed ? 0 : Seconds(decision.RetryAfter.Ticks));
        }

        StringBuilder? policies = null;
        StringBuilder? limits = null;
        var others = 0;
        for (var i = 0; i < decisions.Length; i++)
        {
            foreach (var rule in decisions[i].Rules)
            {
                if (rule.Rule.Mode == RuleMode.Enforce && !IsIn(decisions[(i + 1)..], rule.Rule)
                    && (ReferenceEquals(rule.Rule, decisions[i].Rule) || others++ < MaxOthers))
                {
                    AppendMember(policies ??= new(), Policies.GetValue(rule.Rule, Policy));
                    AppendLimit(ref limits, rule, retryAfter);
                }
            }
        }

        SetIfAny(headers, "RateLimit-Policy", policies);
        SetIfAny(headers, "RateLimit", limits);
        if (retryAfter > 0)
        {
            headers.RetryAfter = retryAfter.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Sets <c>X-RateLimit-Limit</c>, <c>-Remaining</c> and <c>-Reset</c> of the decisive rule; nothing where none was asked.</summary>
    /// <param name="headers">The answer's fields.</param>
    /// <param name="decision">The decision.</param>
    /// <param name="fields">Whether to, and how <c>-Reset</c> is written.</param>
    /// <param name="time">The clock that an instant is told by.</param>
    public static void SetLegacy(IHeaderDictionary headers, Decision decision, LegacyFields fields, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(decision);
        ArgumentNullException.ThrowIfNull(time);
        if (fields == LegacyFields.None || decision.Rule is not { } rule || decision.Error is not null)
        {
            return;
        }

        var wait = decision.RetryAfter > TimeSpan.Zero ? decision.RetryAfter.Ticks : decision.ResetAfter.Ticks;
        var reset = Seconds(fields == LegacyFields.Seconds ? wait : (Int128)(time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks + wait);
        headers["X-RateLimit-Limit"] = rule.Limit.Quota.Permits.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = decision.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = reset.ToString(CultureInfo.InvariantCulture);
    }

    private static bool IsIn(ReadOnlySpan<Decision> decisions, Rule rule)
    {
        foreach (var decision in decisions)
        {
            foreach (var other in decision.Rules)
            {
                if (string.Equals(other.Rule.Id, rule.Id, StringComparison.Ordinal))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The member of <c>RateLimit-Policy</c> for a rule: its quota, and the seconds in which that much comes back.</summary>
    internal static string Policy(Rule rule)
    {
        var (quota, windowTicks, isConcurrent) = rule.Limit.Quota;
        var policy = new StringBuilder();
        AppendString(policy, rule.Id);
        policy.Append(CultureInfo.InvariantCulture, $";q={Math.Min(quota, MaxInteger)}");
        if (isConcurrent)
        {
            policy.Append(";qu=\"concurrent-requests\"");
        }

        if (windowTicks > 0 && Seconds(windowTicks) is <= MaxInteger and var window)
        {
            policy.Append(CultureInfo.InvariantCulture, $";w={window}");
        }

        return policy.ToString();
    }

    private static void AppendLimit(ref StringBuilder? limits, in RuleDecision rule, long retryAfter)
    {
        if (rule.Error is not null)
        {
            return;
        }

        AppendMember(limits ??= new(), "");
        AppendString(limits, rule.Rule.Id);
        limits.Append(CultureInfo.InvariantCulture, $";r={Math.Min(rule.Limiter.Remaining, MaxInteger)}");
        var seconds = Seconds(rule.RetryAfter > TimeSpan.Zero ? rule.RetryAfter.Ticks : rule.ResetAfter.Ticks);
        if (retryAfter == 0 || seconds <= retryAfter)
        {
            limits.Append(CultureInfo.InvariantCulture, $";t={seconds}");
        }
    }

    private static void AppendMember(StringBuilder list, string member)
    {
        if (list.Length > 0)
        {
            list.Append(", ");
        }

        list.Append(member);
    }

    /// <summary>A structured field's string; rule ids hold nothing beyond ASCII.</summary>
    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (c is '"' or '\\')
            {
                text.Append('\\');
            }

            text.Append(c is >= ' ' and <= '~' ? c : '?');
        }

        text.Append('"');
    }

    internal static long Seconds(Int128 ticks) => Ticks.Saturate((ticks + Ticks.PerSecond - 1) / Ticks.PerSecond);

    private static void SetIfAny(IHeaderDictionary headers, string name, StringBuilder? value)
    {
        if (value is not null)
        {
            headers[name] = value.ToString();
        }
    }
}
