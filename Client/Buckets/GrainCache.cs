using System.Runtime.CompilerServices;
using Throttle.Core;
using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;

namespace Throttle.Client.Buckets;

/// <summary>
/// The grain references of buckets that were asked lately. Making one costs about as much as a call.
/// </summary>
internal sealed class GrainCache(IGrainFactory factory, int maxCount)
{
    private readonly RecentCache<Name, IBucketGrain> _recent = new(maxCount);
    private readonly ConditionalWeakTable<RuleSet, Family[]> _familiesOfSets = [];
    private readonly Lock _gate = new();
    private Known _known = new(RuleSet.Empty, []);

    /// <summary>How many are remembered.</summary>
    public int Count => _recent.Count;

    /// <summary>The grain of a call's bucket.</summary>
    public IBucketGrain Of(in BucketCall call)
    {
        var name = NameOf(call);
        return _recent.Find(name) ?? _recent.Add(name, factory.GetBucketGrain(call.Rule.Limit, call.Rule.Id, call.Key));
    }

    /// <summary>What tells buckets' grains apart; cheap to make, unlike the grain's key.</summary>
    public Name NameOf(in BucketCall call)
    {
        var known = Volatile.Read(ref _known);
        return new((ReferenceEquals(known.Set, call.Set) ? known.Families : FamiliesOf(call.Set))[call.Index], call.Key);
    }

    /// <summary>The families of a set that is not the last one: the rules have changed, or the caller has older ones.</summary>
    private Family[] FamiliesOf(RuleSet set)
    {
        lock (_gate)
        {
            if (!_familiesOfSets.TryGetValue(set, out var families))
            {
                var present = _known.Set.Rules.Zip(_known.Families).ToDictionary(p => (p.First.Id, p.First.Limit is QueueSpec), p => p.Second);
                families = [.. set.Rules.Select(r => present.GetValueOrDefault((r.Id, r.Limit is QueueSpec)) ?? new())];
                _familiesOfSets.Add(set, families);
            }

            if (set.Version >= _known.Set.Version)
            {
                Volatile.Write(ref _known, new(set, families));
            }

            return families;
        }
    }

    /// <summary>One rule id with one kind of grain. The same object as long as it lives, so that it is compared by reference.</summary>
    internal sealed class Family;

    /// <summary>A bucket's family and its key in it.</summary>
    internal readonly record struct Name(Family Family, string Key);

    private sealed record Known(RuleSet Set, Family[] Families);
}
