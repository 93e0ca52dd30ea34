using Throttle.Core.Rules;

namespace Throttle.Core.Engine;

/// <content>From a request to its buckets, and from their answers to one.</content>
public sealed partial class ThrottleEngine
{
    private static BucketCall CallFor(RuleSet set, int index, in ThrottleRequest request)
    {
        var rule = set.Rules[index];
        return new(set, index, KeyOf(rule, request), rule.CostOf(request.Attributes, request.Cost));
    }

    private static string KeyOf(Rule rule, in ThrottleRequest request) =>
        request.Rule is null ? rule.KeyOf(request.Attributes)
        : request.Key is { } key ? rule.NormalizeKey(key)
        : rule.KeyOf(request.Attributes, missing: "");

    /// <summary>The index of the only rule to ask; -1 where there is none, or there are several.</summary>
    private static int OnlyRule(RuleSet set, in ThrottleRequest request) =>
        request.Rule is null ? set.MatchOnly(request.Attributes) : NamedRule(set, request.Rule);

    /// <summary>The index of a rule by its name; -1 where it is off.</summary>
    private static int NamedRule(RuleSet set, string ruleId)
    {
        var index = set.IndexOf(ruleId);
        return index < 0 ? throw new UnknownRuleException(ruleId, set)
            : set.Rules[index].Mode == RuleMode.Off ? -1
            : index;
    }

    private static BucketCall[] CallsFor(RuleSet set, ReadOnlySpan<int> matches, in ThrottleRequest request)
    {
        var calls = new BucketCall[matches.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            calls[i] = CallFor(set, matches[i], request);
        }

        return calls;
    }

    private BucketCall[] Match(in ThrottleRequest request) => Match(_rules.Current, request);

    private static BucketCall[] Match(RuleSet set, in ThrottleRequest request)
    {
        if (request.Rule is { } ruleId)
        {
            return NamedRule(set, ruleId) is >= 0 and var named ? [CallFor(set, named, request)] : [];
        }

        var matches = new MatchBuffer(stackalloc int[MatchesOnStack]);
        try
        {
            set.Match(request.Attributes, ref matches);
            return CallsFor(set, matches.Items, request);
        }
        finally
        {
            matches.Dispose();
        }
    }

    private static bool Passes(in BucketCall call, in BucketAnswer answer) => Said(call, answer).IsAllowed;

    private static RuleDecision Said(in BucketCall call, in BucketAnswer answer) => answer.Error is null
        ? new(call.Rule, call.Key, answer.Decision)
        : new(call.Rule, call.Key, answer.Error);

    private Decision One(in BucketCall call, in BucketAnswer answer)
    {
        var said = Said(call, answer);
        _instruments.Count(call.Set, call.Index, said, said.IsAllowed);
        return new(said, said.IsAllowed && said.Error is null ? said.Limiter.Grant.ValidAt : _clock.Now);
    }

    private Decision Combine(BucketCall[] calls, BucketAnswer[] answers)
    {
        var all = new RuleDecision[calls.Length];
        var (decisive, isAllowed) = (-1, true);
        var (delay, at) = (0L, 0L);
        for (var i = 0; i < calls.Length; i++)
        {
            all[i] = Said(calls[i], answers[i]);
            if (calls[i].Rule.Mode == RuleMode.Enforce)
            {
                isAllowed &= all[i].IsAllowed;
                delay = Math.Max(delay, all[i].Limiter.DelayTicks);
                at = Math.Max(at, all[i].Limiter.Grant.ValidAt);
                decisive = decisive < 0 || IsMoreDecisive(all[i], all[decisive]) ? i : decisive;
            }
        }

        return new(all, decisive, isAllowed, isAllowed ? delay : 0, isAllowed && at > 0 ? at : _clock.Now);
    }

    /// <summary>Counts what was asked for in earnest: where nothing was taken, those that refused.</summary>
    private void Count(BucketCall[] calls, Decision decision, bool isTaken)
    {
        var all = decision.Rules;
        for (var i = 0; i < calls.Length; i++)
        {
            var said = all[i];
            if (isTaken || !said.IsAllowed)
            {
                _instruments.Count(calls[i].Set, calls[i].Index, said, isTaken && said.IsAllowed);
            }
        }
    }

    private static bool IsMoreDecisive(in RuleDecision one, in RuleDecision other)
    {
        if (one.IsAllowed != other.IsAllowed)
        {
            return !one.IsAllowed;
        }

        return one.IsAllowed
            ? other.Error is not null || (one.Error is null && one.Limiter.Remaining < other.Limiter.Remaining)
            : Severity(one) > Severity(other);
    }

    /// <summary>How long a refusal lasts: for ever where it never fits, else its wait; an error's is not known.</summary>
    private static long Severity(in RuleDecision refused) =>
        refused.Limiter.NeverFits ? long.MaxValue : refused.Limiter.RetryAfterTicks;
}
