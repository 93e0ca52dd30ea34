using System.Text.Json;
using Throttle.Cli.Nodes;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Cli.Simulating;

/// <summary>Permits of a node's spacing rule.</summary>
internal sealed class NodePermits(NodeClient node, Attributes attributes, TimeSpan maxWait) : IPermitSource
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>Looks the rule up.</summary>
    /// <returns>The permits, and the rule's numbers.</returns>
    /// <exception cref="CliException">There is no such rule, it is of another kind, or the attributes do not match it.</exception>
    public static async Task<(NodePermits Permits, SpacingSpec Limit)> OpenAsync(
        NodeClient node, PermitsOptions options, CancellationToken cancellationToken)
    {
        var rules = await node.GetRulesAsync(cancellationToken).ConfigureAwait(false);
        var index = rules.IndexOf(options.RuleId);
        if (index < 0)
        {
            throw new CliException(
                $"""
                {options.Server} has no rule '{options.RuleId}'; name a spacing rule that it has with --rule, or add this to its rules:
                  - id: {options.RuleId}
                    match: {"{"} simulate: permits {"}"}
                    limit: {"{"} algorithm: spacing, interval: 3s, reservations: 2 {"}"}
                and put them in force with 'throttle rules apply'. Then give simulate=permits as an attribute.
                """);
        }

        var rule = rules.Rules[index];
        if (rule.Limit is not SpacingSpec limit)
        {
            throw new CliException($"Rule '{rule.Id}' is of the kind {rule.Limit.Algorithm}; name one of the kind spacing with --rule.");
        }

        if (!Matches(rules, index, options.Attributes))
        {
            var wanted = rule.Match.Select(c => c.Attribute).Concat(rule.Key.Select(part => part.Attribute)).Distinct(StringComparer.Ordinal).ToList();
            throw new CliException(
                $"Rule '{rule.Id}' does not match these calls{(rule.Mode == RuleMode.Off ? ", because it is off" : "")}; give attributes that do, as name=value: "
                + $"it looks at {(wanted.Count == 0 ? "none" : string.Join(", ", wanted))}.");
        }

        var longest = Ticks.ToTimeSpan(limit.RefillTicks);
        return (new(node, options.Attributes, longest < LongestWait ? longest : LongestWait), limit);
    }

    public async ValueTask<PermitOffer> ReserveAsync(CancellationToken cancellationToken)
    {
        var answer = await node.ReserveAsync(attributes, maxWait, cancellationToken).ConfigureAwait(false);
        var outcome = answer.GetProperty("allowed").GetBoolean() ? PermitOutcome.Granted
            : answer.TryGetProperty("error", out _) ? PermitOutcome.Unavailable
            : PermitOutcome.Refused;
        return new(outcome, Time(answer, "delay"), Time(answer, "retryAfter"), answer.GetProperty("at").GetDecimal());
    }

    public async ValueTask<(PermitOutcome Outcome, TimeSpan Time)> BeginAsync(PermitOffer offer, CancellationToken cancellationToken)
    {
        var answer = await node.BeginAsync(attributes, At(offer), cancellationToken).ConfigureAwait(false);
        return answer.GetProperty("outcome").GetString() switch
        {
            "begun" => (PermitOutcome.Begun, answer.TryGetProperty("within", out _) ? Time(answer, "within") : TimeSpan.MaxValue),
            "wait" => (PermitOutcome.Wait, Time(answer, "wait")),
            "expired" => (PermitOutcome.Expired, default),
            _ => (PermitOutcome.Unavailable, default),
        };
    }

    public async ValueTask RanAsync(PermitOffer offer, TimeSpan ago, CancellationToken cancellationToken) =>
        await node.RanAsync(attributes, At(offer), ago, cancellationToken).ConfigureAwait(false);

    public async ValueTask ReturnAsync(PermitOffer offer) =>
        await node.ReturnAsync(attributes, At(offer), CancellationToken.None).ConfigureAwait(false);

    private static bool Matches(RuleSet rules, int index, Attributes attributes)
    {
        var matches = new MatchBuffer(stackalloc int[16]);
        try
        {
            rules.Match(attributes, ref matches);
            return matches.Items.Contains(index);
        }
        finally
        {
            matches.Dispose();
        }
    }

    private static decimal At(PermitOffer offer) => (decimal)offer.Handle!;

    private static TimeSpan Time(JsonElement answer, string field) =>
        TimeSpan.FromTicks((long)decimal.Ceiling(answer.GetProperty(field).GetDecimal() * Ticks.PerSecond));
}
