using Throttle.Core;
using Throttle.Core.Failures;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;

namespace Throttle.Grains.Membership;

/// <summary>Lists the live buckets of a cluster: each silo tells its keys, and each bucket what it holds.</summary>
internal sealed class ClusterBucketList(SiloAgents agents, BucketContext context) : IBucketList
{
    // Buckets that are asked at one time.
    private const int AskedTogether = 100;

    /// <inheritdoc/>
    /// <remarks>
    /// In the order of the keys, and by them: a bucket that moves to another silo meanwhile is neither missing nor there twice, unless it
    /// is on its way just then. Buckets that only storage holds are not listed.
    /// </remarks>
    public async ValueTask<BucketPage?> ListAsync(string ruleId, string? after, int limit, CancellationToken cancellationToken = default)
    {
        IBucketList.Check(ruleId, limit);
        var set = context.Rules.Current;
        if (set.IndexOf(ruleId) is not (>= 0 and var index))
        {
            return null;
        }

        var silos = agents.ActiveSilos;
        var answers = await agents.AskAsync<string[]>(
            silos, async agent => await agent.ListBucketsAsync(ruleId, after, limit), cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var keys = answers.SelectMany(answer => answer ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(limit).ToArray();
        var buckets = new List<RuleDecision>(keys.Length);
        foreach (var some in keys.Chunk(AskedTogether))
        {
            var held = await Task.WhenAll(some.Select(key => AskAsync(set.Rules[index], key, cancellationToken))).ConfigureAwait(false);
            buckets.AddRange(held.OfType<RuleDecision>());
        }

        return new(buckets, keys.Length == limit ? keys[^1] : null)
        {
            Silent = [.. silos.Zip(answers).Where(pair => pair.Second is null).Select(pair => pair.First.ToParsableString())],
        };
    }

    /// <summary>What a bucket holds; null where it is as new.</summary>
    private async Task<RuleDecision?> AskAsync(Rule rule, string key, CancellationToken cancellationToken)
    {
        try
        {
            var answer = (await context.Grains.GetBucketGrain(rule.Limit, rule.Id, key).PeekAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).ToAnswer();
            return answer.Error is { } error ? new RuleDecision(rule, key, error)
                : answer.Decision.ResetAfterTicks == 0 ? null
                : new RuleDecision(rule, key, answer.Decision);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new RuleDecision(rule, key, context.Failures.Tell(FailureReason.OwnerUnreachable, rule.Id, e));
        }
    }
}
