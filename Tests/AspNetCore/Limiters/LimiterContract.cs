using System.Threading.RateLimiting;
using Throttle.AspNetCore.Limiters;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>
/// What .NET asks of every limiter of its own, restated from the published cases of System.Threading.RateLimiting; published.tsv says
/// which case is which, and which are not matched, and why.
/// </summary>
public abstract partial class LimiterContract : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _throttles = [];

    private protected QueueProcessingOrder Order { get; private set; }

    private protected VirtualTimeProvider Clock { get; } = new(TestApp.Start);

    /// <summary>A rule of the kind under test, with so many permits.</summary>
    protected abstract Rule Rule(long limit);

    /// <summary>Makes permits that were taken available again: what a lease held is free.</summary>
    protected abstract void Free(RateLimitLease lease);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var throttle in _throttles)
        {
            await throttle.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private protected virtual IThrottle Wrap(LocalThrottle throttle) => throttle;

    private protected ThrottleRateLimiter Limiter(
        long limit, int queueLimit = 1, QueueProcessingOrder order = QueueProcessingOrder.OldestFirst, TimeSpan? maxWait = null)
    {
        var throttle = new LocalThrottle(new LocalRules([Rule(limit)]), new LocalThrottleOptions { TimeProvider = Clock });
        _throttles.Add(throttle);
        Order = order;
        return new ThrottleRateLimiter(throttle: Wrap(throttle), "rule", "", new()
        {
            QueueLimit = queueLimit,
            QueueProcessingOrder = order,
            MaxWait = maxWait,
            TimeProvider = Clock,
        });
    }
}
