using System.Threading.RateLimiting;
using Throttle.Core;

namespace Throttle.AspNetCore.Limiters;

/// <summary>
/// .NET's <see cref="PartitionedRateLimiter{TResource}"/> over any throttle. What a resource shares with others is said by its
/// attributes and the rules, so that there are no partitions to keep: its memory does not grow with the number of clients.
/// </summary>
/// <remarks>
/// As <see cref="ThrottleRateLimiter"/>, but for the queue: its limit and its counts are of all resources together, and the oldest of a
/// bucket goes first. Where each bucket is to have a queue of its own here, or the newest is to go first, make partitions of
/// <see cref="ThrottlePartition"/>.
/// </remarks>
/// <typeparam name="TResource">What asks, such as an HTTP request.</typeparam>
public sealed class ThrottlePartitionedRateLimiter<TResource> : PartitionedRateLimiter<TResource>
{
    private readonly LimiterCore _core;
    private readonly Func<TResource, ThrottleRequest> _ask;

    /// <summary>A limiter over what the resources ask.</summary>
    /// <param name="throttle">The throttle.</param>
    /// <param name="ask">What a resource asks for each permit; the wait is that of the options.</param>
    /// <param name="options">How callers may wait; null for not at all.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the newest is to go first.</exception>
    public ThrottlePartitionedRateLimiter(IThrottle throttle, Func<TResource, ThrottleRequest> ask, ThrottleRateLimiterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ask);
        _core = new(throttle, options);
        _ask = ask;
        if (_core.Options.QueueProcessingOrder != QueueProcessingOrder.OldestFirst)
        {
            throw new ArgumentException(
                $"QueueProcessingOrder is {_core.Options.QueueProcessingOrder}; use OldestFirst here, or partitions of ThrottlePartition.", nameof(options));
        }
    }

    /// <summary>What there is for a resource, and the counts of all; null in a cluster, where nobody can tell without asking.</summary>
    /// <exception cref="ObjectDisposedException">The limiter is disposed.</exception>
    public override RateLimiterStatistics? GetStatistics(TResource resource) => _core.Statistics(_ask(resource), isOfOneBucket: false);

    /// <inheritdoc/>
    protected override RateLimitLease AttemptAcquireCore(TResource resource, int permitCount)
    {
        var lease = _core.Attempt(_ask(resource), permitCount);
        AttemptedLease.Keep(this, resource, lease, permitCount);
        return lease;
    }

    /// <inheritdoc/>
    protected override ValueTask<RateLimitLease> AcquireAsyncCore(TResource resource, int permitCount, CancellationToken cancellationToken) =>
        AttemptedLease.Take(this, resource, permitCount) is { } attempted
            ? WaitAgainAsync(attempted, resource, permitCount, cancellationToken)
            : _core.WaitAsync(_ask(resource), permitCount, cancellationToken);

    private async ValueTask<RateLimitLease> WaitAgainAsync(ThrottleLease attempted, TResource resource, int permitCount, CancellationToken cancellationToken) =>
        await _core.ReuseAsync(attempted).ConfigureAwait(false)
        ?? await _core.WaitAsync(_ask(resource), permitCount, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _core.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override ValueTask DisposeAsyncCore()
    {
        _core.Dispose();
        return ValueTask.CompletedTask;
    }
}
