using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Cli.Replay;

/// <summary>What one rule said over a replay.</summary>
internal sealed class RuleTotals(Rule rule)
{
    private readonly Dictionary<string, long> _refusedKeys = new(StringComparer.Ordinal);

    /// <summary>The rule.</summary>
    public Rule Rule { get; } = rule;

    /// <summary>Requests that it let pass.</summary>
    public long Allowed { get; private set; }

    /// <summary>Requests that it refused; for a shadow rule, that it would have refused.</summary>
    public long Refused { get; private set; }

    /// <summary>Requests that it could not answer; they are among the other two, by its <c>on-error</c>.</summary>
    public long Errors { get; private set; }

    /// <summary>Permits that requests kept.</summary>
    public Int128 Permits { get; private set; }

    /// <summary>Keys that were refused at least once, and how often; in no order.</summary>
    public IReadOnlyDictionary<string, long> RefusedKeys => _refusedKeys;

    /// <summary>Counts an answer.</summary>
    /// <param name="answer">What the rule said.</param>
    /// <param name="isRequestAllowed">Whether all enforced rules let the request pass; else an enforced rule's permits went back.</param>
    public void Add(in RuleDecision answer, bool isRequestAllowed)
    {
        Errors += answer.Error is null ? 0 : 1;
        if (answer.IsAllowed)
        {
            Allowed++;
            Permits += isRequestAllowed || Rule.Mode == RuleMode.Shadow ? answer.Limiter.Grant.Permits : 0;
            return;
        }

        Refused++;
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_refusedKeys, answer.Key, out _)++;
    }
}
