using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Throttle.Core.Engine;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;

namespace Throttle.Client.Buckets;

/// <summary>
/// The grain references of buckets that were asked lately. Making one costs about as much as a call.
/// </summary>
/// <remarks>
/// There are two generations: a reference that is used moves to the young one, and when that holds half of the maximum, it
/// becomes the old one and the old one is forgotten. So whoever is used often stays, without a list to keep in order.
/// </remarks>
internal sealed class GrainCache(IGrainFactory factory, int maxCount)
{
    private readonly int _maxYoung = Math.Max(1, maxCount / 2);
    private readonly ConditionalWeakTable<RuleSet, Family[]> _familiesOfSets = [];
    private readonly Lock _gate = new();
    private Known _known = new(RuleSet.Empty, []);
    private volatile ConcurrentDictionary<Name, IBucketGrain> _young = new();
    private volatile ConcurrentDictionary<Name, IBucketGrain> _old = new();
    private int _youngCount;

    /// <summary>How many are remembered.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>The grain of a call's bucket.</summary>
    public IBucketGrain Of(in BucketCall call)
    {
        var name = NameOf(call);
        return _young.TryGetValue(name, out var grain) ? grain : FindOrMake(name, call);
    }

    /// <summary>What tells buckets' grains apart; cheap to make, unlike the grain's key.</summary>
    public Name NameOf(in BucketCall call)
    {
        var known = Volatile.Read(ref _known);
        return new((ReferenceEquals(known.Set, call.Set) ? known.Families : FamiliesOf(call.Set))[call.Index], call.Key);
    }

    private IBucketGrain FindOrMake(in Name name, in BucketCall call)
    {
        if (!_old.TryGetValue(name, out var grain))
        {
            grain = factory.GetBucketGrain(call.Rule.Limit, call.Rule.Id, call.Key);
        }

        lock (_gate)
        {
            if (_youngCount >= _maxYoung)
            {
                (_old, _young, _youngCount) = (_young, new(), 0);
            }

            _youngCount += _young.TryAdd(name, grain) ? 1 : 0;
        }

        return grain;
    }

    /// <summary>The families of a set that is not the last one: the rules have changed, or the caller has older ones.</summary>
    private Family[] FamiliesOf(RuleSet set)
    {
        lock (_gate)
        {
            if (!_familiesOfSets.TryGetValue(set, out var families))
            {
                var present = _known.Set.Rules.Zip(_known.Families).ToDictionary(p => (p.First.Id, p.First.Limit.GetType()), p => p.Second);
                families = [.. set.Rules.Select(r => present.GetValueOrDefault((r.Id, r.Limit.GetType())) ?? new())];
                _familiesOfSets.Add(set, families);
            }

            if (set.Version >= _known.Set.Version)
            {
                Volatile.Write(ref _known, new(set, families));
            }

            return families;
        }
    }

    /// <summary>One rule id with one kind of limit. The same object as long as it lives, so that it is compared by reference.</summary>
    internal sealed class Family;

    /// <summary>A bucket's family and its key in it.</summary>
    internal readonly record struct Name(Family Family, string Key);

    private sealed record Known(RuleSet Set, Family[] Families);
}
