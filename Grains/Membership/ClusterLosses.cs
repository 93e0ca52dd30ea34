using Microsoft.Extensions.Logging;
using Throttle.Core.Time;

namespace Throttle.Grains.Membership;

/// <summary>
/// When the cluster last lost a silo with what it kept in memory: one that died, or gave up, without having handed everything
/// over and said goodbye. Safe from any number of threads.
/// </summary>
internal sealed partial class ClusterLosses(
    IClusterMembershipService membership, MonotonicClock clock, ILogger<ClusterLosses> log)
{
    private const int MostGoodbyes = 1000;
    private readonly Lock _gate = new();
    private readonly HashSet<SiloAddress> _goodbyes = [];
    private readonly Queue<SiloAddress> _goodbyesByAge = new();
    private ClusterMembershipSnapshot? _seen;
    private long _latest;
    private int _handOvers;

    /// <summary>The instant of the latest loss in ticks; 0 where none is known.</summary>
    public long LatestLoss
    {
        get
        {
            // A bucket may be activated here because of a death that has not been announced here yet.
            Observe(membership.CurrentSnapshot);
            return Volatile.Read(ref _latest);
        }
    }

    /// <summary>How many buckets on their way to another silo have not been packed for it.</summary>
    public int UnpackedHandOvers => Volatile.Read(ref _handOvers);

    /// <summary>A bucket in memory is about to be handed over.</summary>
    public void BeginHandOver() => Interlocked.Increment(ref _handOvers);

    /// <summary>Another silo was found, and the bucket is packed for it.</summary>
    public void PackHandOver() => Interlocked.Decrement(ref _handOvers);

    /// <summary>Looks for losses since the last look. The first look only remembers who is lost.</summary>
    public void Observe(ClusterMembershipSnapshot snapshot)
    {
        if (ReferenceEquals(snapshot, Volatile.Read(ref _seen)))
        {
            return;
        }

        lock (_gate)
        {
            if (_seen is { } seen && snapshot.Version > seen.Version)
            {
                foreach (var change in snapshot.CreateUpdate(seen).Changes)
                {
                    Observe(change, seen);
                }
            }

            if (_seen is null || snapshot.Version >= _seen.Version)
            {
                Volatile.Write(ref _seen, snapshot);
            }
        }
    }

    /// <summary>
    /// Whether a silo in this state, without a goodbye, is lost. One that is stopped with no time to hand over says so by
    /// <see cref="SiloStatus.Stopping"/>, and the grain directory forgets its buckets then, before it is dead. Until it is, it may
    /// grant from them: its death is a loss once more.
    /// </summary>
    public static bool IsLost(SiloStatus status) => status is SiloStatus.Stopping or SiloStatus.Dead;

    /// <summary>A silo leaves and has handed over all that it kept in memory.</summary>
    public void HearGoodbye(SiloAddress silo)
    {
        lock (_gate)
        {
            if (!_goodbyes.Add(silo))
            {
                return;
            }

            _goodbyesByAge.Enqueue(silo);
            if (_goodbyesByAge.Count > MostGoodbyes)
            {
                _goodbyes.Remove(_goodbyesByAge.Dequeue());
            }
        }
    }

    /// <summary>Whether a silo said goodbye, as far as is known here.</summary>
    public bool SaidGoodbye(SiloAddress silo)
    {
        lock (_gate)
        {
            return _goodbyes.Contains(silo);
        }
    }

    /// <summary>Learns of a loss from elsewhere.</summary>
    /// <param name="age">How long ago it was; zero or less for now.</param>
    public void Learn(TimeSpan age)
    {
        var now = clock.Now;
        lock (_gate)
        {
            _latest = Math.Max(_latest, now - Math.Clamp(age.Ticks, 0, now));
        }
    }

    /// <summary>What is known here, for a silo that joins.</summary>
    public LossReport Report()
    {
        var latest = LatestLoss;
        lock (_gate)
        {
            return new(latest == 0 ? null : Ticks.ToTimeSpan(clock.Now - latest), [.. _goodbyes]);
        }
    }

    private void Observe(ClusterMember change, ClusterMembershipSnapshot seen)
    {
        // One that had not become active yet had no buckets. One that nobody here saw alive may have had.
        var before = seen.Members.TryGetValue(change.SiloAddress, out var member) ? member.Status : SiloStatus.None;
        if (IsLost(change.Status)
            && change.Status != before
            && before is not (SiloStatus.Created or SiloStatus.Joining or SiloStatus.Dead)
            && !_goodbyes.Contains(change.SiloAddress))
        {
            _latest = clock.Now;
            LogLost(log, change.SiloAddress);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The cluster has lost {Silo} and the buckets that it kept in memory: they start again with what has refilled since now")]
    private static partial void LogLost(ILogger log, SiloAddress silo);
}
