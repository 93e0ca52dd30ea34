using System.Numerics;
using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Engine;

/// <summary>What each algorithm promises of the permits that go, written down as plainly as it can be.</summary>
internal static class Promise
{
    /// <summary>Fails where these grants, at their instants, are more than one bucket may give.</summary>
    public static void Check(LimiterSpec spec, Grant[] grants)
    {
        var went = grants.OrderBy(g => g.ValidAt).ToArray();
        switch (spec)
        {
            case TokenBucketSpec bucket:
                Assert.All(bucket.Bandwidths, bandwidth => CheckFluid(bandwidth.Capacity, bandwidth.Refill, went));
                break;
            case LeakyBucketSpec leaky:
                CheckFluid(leaky.Capacity, leaky.Leak, went);
                break;
            case QueueSpec queue:
                CheckFluid(1, queue.Drain, went);
                break;
            case FixedWindowSpec window:
                Assert.All(Windows(window.WindowTicks, went), used => Assert.InRange(used.Value, 0, window.Limit));
                break;
            case SlidingWindowSpec window:
                CheckSlidingWindow(window, went);
                break;
            case SlidingLogSpec log:
                CheckHeld(went, log.Limit, g => g.ValidAt + log.WindowTicks);
                break;
            case SpacingSpec spacing:
                CheckHeld(went, 1, g => g.ValidAt + spacing.IntervalTicks);
                break;
            case ConcurrencySpec concurrency:
                CheckHeld(went, concurrency.Limit, g => g.ExpiresAt);
                break;
            default:
                throw new ArgumentException($"Nothing is promised for {spec}.", nameof(spec));
        }
    }

    private static void CheckFluid(long capacity, Rate rate, Grant[] went)
    {
        for (var first = 0; first < went.Length; first++)
        {
            BigInteger total = 0;
            for (var last = first; last < went.Length; last++)
            {
                total += went[last].Permits;
                var most = (capacity * (BigInteger)rate.PeriodTicks) + ((BigInteger)(went[last].ValidAt - went[first].ValidAt) * rate.Permits);
                Assert.True(
                    total * rate.PeriodTicks <= most,
                    $"{total} went from {went[first].ValidAt} to {went[last].ValidAt}; at most {(double)most / rate.PeriodTicks} may.");
            }
        }
    }

    private static Dictionary<long, long> Windows(long windowTicks, IEnumerable<Grant> went)
    {
        var grid = new FixedGrid(windowTicks);
        return went.GroupBy(g => grid.At(g.ValidAt).Start).ToDictionary(g => g.Key, g => g.Sum(grant => grant.Permits));
    }

    private static void CheckSlidingWindow(SlidingWindowSpec spec, Grant[] went)
    {
        for (var count = 1; count <= went.Length; count++)
        {
            var windows = Windows(spec.WindowTicks, went.Take(count));
            var at = went[count - 1].ValidAt;
            var start = new FixedGrid(spec.WindowTicks).At(at).Start;
            var weighted = (BigInteger)windows.GetValueOrDefault(start - spec.WindowTicks) * (spec.WindowTicks - (at - start));
            Assert.True(
                ((BigInteger)windows[start] * spec.WindowTicks) + weighted <= (BigInteger)spec.Limit * spec.WindowTicks,
                $"At {at} there were {windows[start]} in the window, and {(double)weighted / spec.WindowTicks} of the one before.");
        }
    }

    private static void CheckHeld(Grant[] went, long limit, Func<Grant, long> end)
    {
        foreach (var grant in went)
        {
            var held = went.Where(g => g.ValidAt <= grant.ValidAt && end(g) > grant.ValidAt).Sum(g => g.Permits);
            Assert.True(held <= limit, $"{held} are held at {grant.ValidAt}; at most {limit} may be.");
        }
    }
}
