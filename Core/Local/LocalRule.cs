using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Local;

/// <summary>
/// The buckets of one rule of a <see cref="LocalThrottle"/>, asked by key: no attributes, no matching, no other rules, no
/// allocation. It follows the rule's changes. Safe from any number of threads.
/// </summary>
public sealed class LocalRule
{
    private readonly LocalThrottle _throttle;
    private readonly string _ruleId;
    private volatile Place _place;

    internal LocalRule(LocalThrottle throttle, string ruleId)
    {
        (_throttle, _ruleId) = (throttle, ruleId);
        _place = new(RuleSet.Empty, -1);
    }

    /// <summary>Takes permits now, or refuses.</summary>
    /// <param name="key">The bucket; see <see cref="BucketKey"/>.</param>
    /// <param name="permits">0 to <see cref="Limits.MaxPermits"/>; the rule's cost is not applied. 0 asks without taking.</param>
    /// <returns>
    /// The limiter's answer. Whatever the rule's mode, a refusal is a refusal here; what shadow means is for the caller to do.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The permits are negative.</exception>
    /// <exception cref="InvalidOperationException">The rule is gone, or all buckets hold debts and there is no room for another.</exception>
    public LimiterDecision Acquire(string key, long permits = 1)
    {
        ArgumentNullException.ThrowIfNull(key);
        while (true)
        {
            var place = PlaceNow();
            key = place.Set.Rules[place.Index].NormalizeKey(key);
            if (_throttle.TryAcquire(new(place.Set, place.Index, key, permits), out var decision))
            {
                _throttle.Count(place.Set, place.Index, new RuleDecision(place.Set.Rules[place.Index], key, decision));
                return decision;
            }

            if (ReferenceEquals(place.Set, _throttle.Rules.Current))
            {
                throw new InvalidOperationException(
                    $"Rule '{_ruleId}' has no room for another bucket: {_throttle.BucketCount} hold debts that must be kept.");
            }
        }
    }

    private Place PlaceNow()
    {
        var set = _throttle.Rules.Current;
        var place = _place;
        if (!ReferenceEquals(place.Set, set))
        {
            var index = set.IndexOf(_ruleId);
            _place = place = index >= 0
                ? new(set, index)
                : throw new InvalidOperationException($"Rule '{_ruleId}' is gone from the rules, version {set.Version}.");
        }

        return place;
    }

    private sealed record Place(RuleSet Set, int Index);
}
