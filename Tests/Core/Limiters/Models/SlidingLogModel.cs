using System.Numerics;
using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>The sliding log: a list of grants, of which those in (t - window, t] count at t.</summary>
internal sealed class SlidingLogModel(long limit, long windowTicks) : ILimiterModel
{
    private readonly List<(long At, long Permits)> _grants = [];

    public long Limit => limit;

    public long Earliest(long cost, long seen)
    {
        var live = _grants.Where(g => g.At > seen - windowTicks).ToArray();
        var newest = live.Length > 0 ? Math.Max(seen, live.Max(g => g.At)) : seen;
        return live.Select(g => g.At + windowTicks).Append(newest).Where(t => t >= newest).Order()
            .First(t => Count(t) + cost <= limit);
    }

    public bool MayReserve(long seen) => true;

    public long Remaining(long seen) =>
        _grants.Exists(g => g.At > seen) ? 0 : (long)BigInteger.Max(0, limit - Count(seen));

    public long NewAt(long seen) => _grants.Count == 0 ? seen : _grants.Max(g => g.At) + windowTicks;

    public void Take(in Grant grant, long seen) => _grants.Add((grant.ValidAt, grant.Permits));

    public string? Return(in Grant grant, long seen, bool answer)
    {
        var counts = grant.ValidAt > seen - windowTicks;
        _grants.Remove((grant.ValidAt, grant.Permits));
        return counts == answer ? null : $"said {answer} to {grant} given back at {seen}";
    }

    private BigInteger Count(long at) =>
        _grants.Where(g => g.At > at - windowTicks && g.At <= at).Aggregate(BigInteger.Zero, (sum, g) => sum + g.Permits);
}
