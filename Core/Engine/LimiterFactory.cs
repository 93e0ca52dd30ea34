using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Core.Engine;

/// <summary>Makes the limiter that a rule's numbers describe.</summary>
public static class LimiterFactory
{
    /// <summary>Makes the limiter and hands it to <paramref name="visitor"/>, which learns the type of its state.</summary>
    /// <param name="spec">The numbers.</param>
    /// <param name="visitor">Receives the limiter.</param>
    /// <param name="newLeaseId">Names leases, see <see cref="Concurrency(long, long, Func{Guid})"/>; null for random names.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range; a validated rule has none such.</exception>
    public static TResult Create<TResult>(LimiterSpec spec, ILimiterVisitor<TResult> visitor, Func<Guid>? newLeaseId = null) => spec switch
    {
        TokenBucketSpec { Bandwidths: [var only] } single => visitor.Visit(new TokenBucket(only.Capacity, only.Refill, single.Debt)),
        TokenBucketSpec several => visitor.Visit(new MultiTokenBucket(several.Bandwidths)),
        GcraSpec gcra => visitor.Visit(new Gcra(gcra.Rate, gcra.Burst)),
        LeakyBucketSpec { Adaptive: { } adaptive } leaky => visitor.Visit(new AdaptiveLeakyBucket(leaky.Capacity, leaky.Leak, adaptive)),
        LeakyBucketSpec leaky => visitor.Visit(new LeakyBucket(leaky.Capacity, leaky.Leak)),
        FixedWindowSpec { Calendar: { } unit } calendar => visitor.Visit(
            new FixedWindow(calendar.Limit, unit, TimeZoneInfo.FindSystemTimeZoneById(calendar.TimeZone), calendar.WeekStart)),
        FixedWindowSpec window => visitor.Visit(new FixedWindow(window.Limit, window.WindowTicks, window.Anchor)),
        SlidingLogSpec log => visitor.Visit(new SlidingLog(log.Limit, log.WindowTicks)),
        SlidingWindowSpec window => visitor.Visit(new SlidingWindow(window.Limit, window.WindowTicks)),
        SpacingSpec spacing => visitor.Visit(new Spacing(spacing.IntervalTicks, spacing.Reservations, spacing.GraceTicks)),
        ConcurrencySpec concurrency => visitor.Visit(new Concurrency(concurrency.Limit, concurrency.LeaseTicks, newLeaseId)),
        QueueSpec queue => visitor.Visit(new LeakyQueue(queue.Capacity, queue.Drain, queue.MaxAgeTicks)),
        _ => throw new ArgumentException($"There is no limiter for {spec}.", nameof(spec)),
    };
}
