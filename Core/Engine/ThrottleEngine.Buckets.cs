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
            if (said.Limiter.Grant.Permits > 0 && CallFor(said.Rule.Id, said.Key) is { } call)
            {
                isReturned &= await _buckets.ReturnAsync(call, said.Limiter.Grant, cancellationToken).ConfigureAwait(false);
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
        var answers = new BucketAnswer[calls.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            await _buckets.ReturnAsync(calls[i], new Grant(calls[i].Permits, validAt), cancellationToken).ConfigureAwait(false);
            answers[i] = await _buckets.PeekAsync(calls[i] with { Permits = 0 }, 0, cancellationToken).ConfigureAwait(false);
        }

        return Combine(calls, answers, isTaken: false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> EndLeaseAsync(string lease, CancellationToken cancellationToken = default)
    {
        var wasHeld = true;
        foreach (var (ruleId, key, leaseId) in LeaseText.Parse(lease))
        {
            wasHeld &= CallFor(ruleId, key) is { } call
                && await _buckets.ReturnAsync(call, new Grant(1, 0, LeaseId: leaseId), cancellationToken).ConfigureAwait(false);
        }

        return wasHeld;
    }

    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset?> RenewLeaseAsync(string lease, CancellationToken cancellationToken = default)
    {
        long? first = Ticks.Never;
        foreach (var (ruleId, key, leaseId) in LeaseText.Parse(lease))
        {
            var endsAt = CallFor(ruleId, key) is { } call
                ? await _buckets.RenewAsync(call, leaseId, cancellationToken).ConfigureAwait(false)
                : null;
            first = endsAt is null ? null : Math.Min(first ?? Ticks.Never, endsAt.Value);
            if (first is null)
            {
                return null;
            }
        }

        return Ticks.ToInstant(first!.Value);
    }

    /// <inheritdoc/>
    public async ValueTask<RuleDecision?> InspectAsync(string ruleId, string key, CancellationToken cancellationToken = default)
    {
        while (CallFor(ruleId, key) is { } call)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var answer = await _buckets.PeekAsync(call, 0, cancellationToken).ConfigureAwait(false);
            if (!answer.IsStale)
            {
                return Said(call, answer);
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask<bool?> ResetAsync(string ruleId, string key, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return CallFor(ruleId, key) is { } call
            ? await _buckets.ResetAsync(call, cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>A bucket by its names; null when there is no such rule.</summary>
    private BucketCall? CallFor(string ruleId, string key)
    {
        ArgumentNullException.ThrowIfNull(ruleId);
        ArgumentNullException.ThrowIfNull(key);
        var set = _rules.Current;
        var index = set.IndexOf(ruleId);
        return index < 0 ? null : new(set, index, key, 0);
    }
}
