using System.Numerics;
using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Limiters.Models;

/// <summary>The sliding log: a list of what was taken when, of which that in (t - window, t] counts at t.</summary>
internal sealed class SlidingLogModel(long limit, long windowTicks) : ILimiterModel
{
    private readonly List<(long At, BigInteger Permits)> _taken = [];

    public long Limit => limit;

    public long Earliest(long cost, long seen)
    {
        var live = Live(seen);
        var newest = live.Select(g => g.At).Append(seen).Max();
        return live.Select(g => g.At + windowTicks).Append(newest).Where(t => t >= newest).Order()
            .First(t => Count(t) + cost <= limit);
    }

    /// <summary>All that can be reserved ahead in one bucket is what a 64-bit sum holds.</summary>
    public bool MayReserve(long cost, long seen) => Sum(Live(seen)) + cost <= long.MaxValue;

    public long Remaining(long seen) =>
        Live(seen).Exists(g => g.At > seen) ? 0 : (long)BigInteger.Max(0, limit - Count(seen));

    public long NewAt(long seen) => Live(seen).Select(g => g.At + windowTicks).Append(seen).Max();

    public void Take(in Grant grant, long seen) => _taken.Add((grant.ValidAt, grant.Permits));

    /// <summary>Takes from what was taken at the grant's instant, then from the newest before it.</summary>
    public string? Return(in Grant grant, long seen, bool answer)
    {
        var (at, left) = (grant.ValidAt, (BigInteger)grant.Permits);
        foreach (var entry in Live(seen).Where(g => g.At <= at).OrderByDescending(g => g.At))
        {
            var given = BigInteger.Min(left, entry.Permits);
            left -= given;
            _taken.Remove(entry);
            if (entry.Permits > given)
            {
                _taken.Add((entry.At, entry.Permits - given));
            }
        }

        return answer == left < grant.Permits ? null : $"said {answer} to {grant} given back at {seen}";
    }

    /// <summary>
    /// The same bucket under other numbers: what was taken stays, as far as both windows reach back. A share is rounded up
    /// for what remains from any instant on, not for each entry.
    /// </summary>
    public SlidingLogModel Changed(long toLimit, long toWindowTicks, OnChange onChange, long seen)
    {
        var changed = new SlidingLogModel(toLimit, toWindowTicks);
        if (onChange == OnChange.Reset)
        {
            return changed;
        }

        BigInteger sum = 0;
        BigInteger before = 0;
        foreach (var (at, permits) in Live(seen).OrderByDescending(g => g.At))
        {
            sum += permits;
            var share = onChange == OnChange.Proportional
                ? BigInteger.Min(long.MaxValue, ((sum * toLimit) + limit - 1) / limit)
                : sum;
            changed._taken.Add((at, share - before));
            before = share;
        }

        changed._taken.RemoveAll(g => g.At <= seen - toWindowTicks || g.Permits.IsZero);
        return changed;
    }

    private List<(long At, BigInteger Permits)> Live(long seen) => _taken.FindAll(g => g.At > seen - windowTicks);

    private BigInteger Count(long at) => Sum(_taken.Where(g => g.At > at - windowTicks && g.At <= at));

    private static BigInteger Sum(IEnumerable<(long At, BigInteger Permits)> taken) =>
        taken.Aggregate(BigInteger.Zero, (sum, g) => sum + g.Permits);
}
