using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>Concurrency: the leases, each with its end.</summary>
internal sealed class ConcurrencyModel(long limit, long leaseTicks) : ILimiterModel
{
    private readonly Dictionary<Guid, (long Permits, long EndsAt)> _leases = [];

    public long Limit => limit;

    public long Earliest(long cost, long seen) =>
        _leases.Values.Select(l => l.EndsAt).Append(seen).Where(t => t >= seen).Order().First(t => Held(t) + cost <= limit);

    public bool MayReserve(long cost, long seen) => false;

    public long Remaining(long seen) => Math.Max(0, limit - Held(seen));

    public long NewAt(long seen) =>
        _leases.Values.Select(l => l.EndsAt).DefaultIfEmpty(seen).Max();

    public void Take(in Grant grant, long seen)
    {
        Assert.NotEqual(Guid.Empty, grant.LeaseId);
        Assert.Equal(seen + leaseTicks, grant.ExpiresAt);
        _leases.Add(grant.LeaseId, (grant.Permits, grant.ExpiresAt));
    }

    public string? Return(in Grant grant, long seen, bool answer)
    {
        var isHeld = _leases.Remove(grant.LeaseId, out var lease) && lease.EndsAt > seen;
        return isHeld == answer ? null : $"said {answer} to {grant} given back at {seen}";
    }

    /// <summary>The same bucket under other numbers: leases stay as they were granted.</summary>
    public ConcurrencyModel Changed(long toLimit, long toLeaseTicks, OnChange onChange)
    {
        var changed = new ConcurrencyModel(toLimit, toLeaseTicks);
        foreach (var (id, lease) in onChange == OnChange.Reset ? [] : _leases)
        {
            changed._leases.Add(id, lease);
        }

        return changed;
    }

    public void Renew(Guid leaseId, long seen, long? answer)
    {
        var isHeld = _leases.TryGetValue(leaseId, out var lease) && lease.EndsAt > seen;
        Assert.Equal(isHeld ? seen + leaseTicks : null, answer);
        if (isHeld)
        {
            _leases[leaseId] = (lease.Permits, seen + leaseTicks);
        }
    }

    private long Held(long at) => _leases.Values.Where(l => l.EndsAt > at).Sum(l => l.Permits);
}
