using System.Collections.Concurrent;
using System.Security.Cryptography;
using Throttle.Core.Replication;
using Throttle.Core.Time;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Grains.Regions;

/// <summary>What all silos of the cluster have reported, for its peers. Safe from any thread.</summary>
internal sealed class RegionLog(string region, ClusterRules rules, MonotonicClock clock) : IReplicationLog
{
    private readonly OwnCounts _counts = new();

    // When buckets will be as new, as far as is known here; in ticks of this silo's clock.
    private readonly ConcurrentDictionary<(string Rule, string Key), long> _newAt = new();

    public string Region => region;

    /// <inheritdoc/>
    /// <remarks>Exact in every JSON reader.</remarks>
    public long Incarnation { get; } = 1 + (BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & ((1L << 53) - 1));

    public long Version => _counts.Version;

    public int OwnCount => _counts.Count;

    public Action? Changed
    {
        get => _counts.Changed;
        set => _counts.Changed = value;
    }

    /// <summary>Takes what a silo has counted.</summary>
    public void Merge(in ReplicationEntry entry)
    {
        Note(entry.Rule, entry.Key, entry.Outstanding);
        _counts.Merge(entry);
    }

    /// <summary>Learns what a bucket is short of now.</summary>
    public void Note(string rule, string key, long outstanding)
    {
        if (SharedRules.RateOf(rules.Current, rule) is { } rate)
        {
            _newAt[(rule, key)] = Ticks.Add(clock.Now, rate.TicksFor(outstanding));
        }
    }

    public ReplicationPage ReadPage(long after, int maxEntries = ReplicationLimits.MaxEntries, int maxKeyLength = int.MaxValue)
    {
        var (set, now) = (rules.Current, clock.Now);
        return ReplicationPages.Read(
            _counts, (Region, Incarnation), after, (maxEntries, maxKeyLength), entry => SharedRules.RateOf(set, entry.Rule) is { } rate
                ? SharedRules.PermitsIn(rate, _newAt.GetValueOrDefault((entry.Rule, entry.Key)) - now)
                : 0);
    }

    public void Sweep()
    {
        var (set, now) = (rules.Current, clock.Now);
        _counts.Sweep(count => _newAt.GetValueOrDefault((count.Rule, count.Key)) <= now || SharedRules.RateOf(set, count.Rule) is null);
        foreach (var place in _newAt.Where(place => place.Value <= now))
        {
            _newAt.TryRemove(place);
        }
    }
}
