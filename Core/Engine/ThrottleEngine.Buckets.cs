using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Core.Engine;

/// <content>Giving back, leases, and single buckets.</content>
public sealed partial class ThrottleEngine
{
    /// <inheritdoc/>
    public async ValueTask<bool> ReturnAsync(Decision decision, CancellationToken cancellationToken = default)
    {
        if (!decision.IsAllowed)
        {
            return true;
        }

        var isReturned = true;
        var rules = decision.Rules;
        for (var i = rules.Count - 1; i >= 0; i--)
        {
            var said = rules[i];

            // Under another key attribute the same text names another bucket.
            if (said.Limiter.Grant.Permits > 0 && CallFor(said.Rule.Id, said.Key) is { } call && call.Rule.Key == said.Rule.Key)
            {
                isReturned &= await ReturnAsync(call, said.Limiter.Grant, cancellationToken).ConfigureAwait(false);
            }
        }

        return isReturned;
    }

    /// <inheritdoc/>
    public async ValueTask<Decision> ReturnAsync(
        ThrottleRequest request, DateTimeOffset? at = null, CancellationToken cancellationToken = default)
    {
        Check(request);
        cancellationToken.ThrowIfCancellationRequested();
        var validAt = at?.UtcTicks ?? _clock.Now;
        var calls = Array.FindAll(Match(request), c => c.Rule.Limit is not ConcurrencySpec);
        var (asked, answers) = (new List<BucketCall>(), new List<BucketAnswer>());
        foreach (var call in calls)
        {
            await ReturnAsync(call, new Grant(call.Permits, validAt), cancellationToken).ConfigureAwait(false);
            if (await ShowAsync(call.Rule.Id, call.Key, cancellationToken).ConfigureAwait(false) is var (present, answer))
            {
                asked.Add(present);
                answers.Add(answer);
            }
        }

        return Combine([.. asked], [.. answers]);
    }

    /// <summary>Gives back, and counts it. A place that a lease held is not counted: it comes back in every case.</summary>
    private async ValueTask<bool> ReturnAsync(BucketCall call, Grant grant, CancellationToken cancellationToken)
    {
        var isReturned = await _buckets.ReturnAsync(call, grant, cancellationToken).ConfigureAwait(false);
        if (isReturned && grant.LeaseId == default)
        {
            _instruments.Usage.CountReturned(call.Set, call.Index, grant.Permits);
        }

        return isReturned;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> EndLeaseAsync(string lease, CancellationToken cancellationToken = default)
    {
        var (enforced, shadow) = ((bool?)null, (bool?)null);
        foreach (var (ruleId, key, leaseId) in LeaseText.Parse(lease))
        {
            var call = CallForLease(ruleId, key);
            var wasHeld = call is not null
                && await _buckets.ReturnAsync(call.Value, new Grant(1, 0, LeaseId: leaseId), cancellationToken).ConfigureAwait(false);
            if (IsShadow(call))
            {
                shadow = wasHeld && shadow != false;
            }
            else
            {
                enforced = wasHeld && enforced != false;
            }
        }

        return enforced ?? shadow ?? false;
    }

    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset?> RenewLeaseAsync(string lease, CancellationToken cancellationToken = default)
    {
        var (enforced, shadow) = ((long?)null, (long?)null);
        foreach (var (ruleId, key, leaseId) in LeaseText.Parse(lease))
        {
            var call = CallForLease(ruleId, key);
            var endsAt = call is null
                ? null
                : await _buckets.RenewAsync(call.Value, leaseId, cancellationToken).ConfigureAwait(false);
            if (IsShadow(call))
            {
                shadow = Math.Min(shadow ?? Ticks.Never, endsAt ?? 0);
            }
            else if (endsAt is null)
            {
                return null;
            }
            else
            {
                enforced = Math.Min(enforced ?? Ticks.Never, endsAt.Value);
            }
        }

        return (enforced ?? shadow) is > 0 and var first ? Ticks.ToInstant(first) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<RuleDecision?> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default)
    {
        var shown = await ShowAsync(ruleId, key, cancellationToken).ConfigureAwait(false);
        if (shown is not var (call, answer))
        {
            return null;
        }

        var factor = call.Rule.Limit is LeakyBucketSpec { Adaptive: not null } && answer.Error is null
            ? await _buckets.FactorAsync(call, null, cancellationToken).ConfigureAwait(false)
            : null;
        return Said(call, answer) with { Factor = factor };
    }

    /// <inheritdoc/>
    public async ValueTask<bool?> ResetAsync(string ruleId, string key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return CallFor(ruleId, key) is { } call
            ? await _buckets.ResetAsync(call, cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>What a bucket holds under the present rules; null when there is no such rule.</summary>
    private async ValueTask<(BucketCall Call, BucketAnswer Answer)?> ShowAsync(
        string ruleId, string key, CancellationToken cancellationToken)
    {
        while (CallFor(ruleId, key) is { } call)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var answer = await _buckets.PeekAsync(call, 0, cancellationToken).ConfigureAwait(false);
            if (!answer.IsStale)
            {
                return (call, answer);
            }
        }

        return null;
    }

    /// <summary>A shadow rule's lease is ended and renewed with the others, but what becomes of it tells the holder nothing.</summary>
    private static bool IsShadow(BucketCall? call) => call?.Rule.Mode == RuleMode.Shadow;

    /// <summary>A bucket that leases; null when there is no such rule, or it has no leases.</summary>
    private BucketCall? CallForLease(string ruleId, string key) =>
        CallFor(ruleId, key) is { Rule.Limit: ConcurrencySpec } call ? call : null;

    /// <summary>A bucket by its names; null when there is no such rule.</summary>
    private BucketCall? CallFor(string ruleId, string key)
    {
        ArgumentNullException.ThrowIfNull(ruleId);
        ArgumentNullException.ThrowIfNull(key);
        var set = _rules.Current;
        var index = set.IndexOf(ruleId);
        return index < 0 ? null : new(set, index, set.Rules[index].NormalizeKey(key), 0);
    }
}
