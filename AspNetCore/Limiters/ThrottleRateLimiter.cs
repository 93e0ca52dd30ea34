using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Throttle.Core;

namespace Throttle.AspNetCore.Limiters;

/// <summary>
/// .NET's <see cref="RateLimiter"/> over any throttle, in this process or in a cluster, for <c>AddRateLimiter</c>, Polly and whatever
/// else takes one. It holds no bucket: several over one bucket share it, and disposing one loses nothing.
/// </summary>
/// <remarks>
/// <para><see cref="RateLimiter.AttemptAcquire"/> answers on the caller's thread where the buckets are in this process
/// (<see cref="IThrottle.AnswersAtOnce"/>). Of a cluster it asks nothing and refuses, with a reason that says so; use
/// <see cref="RateLimiter.AcquireAsync"/>, as <c>AddRateLimiter</c> and Polly do.</para>
/// <para>Refusals tell <see cref="MetadataName.RetryAfter"/>, which is exact for the permits that were asked for. Who waits has
/// reserved: its turn is fixed when it asks, and nobody takes its permits meanwhile.</para>
/// <para>Safe from any number of threads.</para>
/// </remarks>
/// <example>
/// <code>
/// await using var limiter = new ThrottleRateLimiter(throttle, "per-client", "42", new() { QueueLimit = 100 });
/// using var lease = await limiter.AcquireAsync();
/// </code>
/// </example>
public sealed class ThrottleRateLimiter : RateLimiter
{
    private readonly LimiterCore _core;
    private readonly NewestFirstLine? _newestFirst;
    private readonly ThrottleRequest _request;
    private readonly string? _partition;

    /// <summary>A limiter over one bucket.</summary>
    /// <param name="throttle">The throttle.</param>
    /// <param name="rule">The rule's id.</param>
    /// <param name="key">The bucket's key within the rule, see <see cref="BucketKey"/>; empty for a rule without key attributes.</param>
    /// <param name="options">How callers may wait; null for not at all.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public ThrottleRateLimiter(IThrottle throttle, string rule, string key = "", ThrottleRateLimiterOptions? options = null)
        : this(throttle, ForBucket(rule, key), options)
    {
    }

    /// <summary>A limiter over whatever a request asks: a rule, or all that match.</summary>
    /// <param name="throttle">The throttle.</param>
    /// <param name="request">What is asked for each permit; its wait is that of the options.</param>
    /// <param name="options">How callers may wait; null for not at all.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public ThrottleRateLimiter(IThrottle throttle, ThrottleRequest request, ThrottleRateLimiterOptions? options = null)
        : this(throttle, request, options, null)
    {
    }

    /// <summary>The limiter of a partition, which is told by <see cref="PartitionRequest"/> who asks.</summary>
    internal ThrottleRateLimiter(IThrottle throttle, ThrottleRequest request, ThrottleRateLimiterOptions? options, string? partition)
    {
        _core = new(throttle, options);
        _request = request;
        _partition = partition;
        _newestFirst = _core.Options.QueueProcessingOrder == QueueProcessingOrder.NewestFirst ? new(_core, request) : null;
    }

    /// <summary>
    /// How long its callers have held, waited for and owed nothing; null while they do. Callers elsewhere that share the bucket do not
    /// count: there is nothing here that they would miss.
    /// </summary>
    public override TimeSpan? IdleDuration => _core.IdleDuration;

    /// <summary>
    /// What there is: counts of this limiter, and the permits that are there now. In a cluster these are the last answer's,
    /// and before the first there are no statistics.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The limiter is disposed.</exception>
    public override RateLimiterStatistics? GetStatistics()
    {
        // Nobody asks for a permit here: the request must not be taken for the next one's.
        _ = Resource();
        return _core.Statistics(_request, isOfOneBucket: true);
    }

    /// <inheritdoc/>
    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        var resource = Resource();
        var lease = _newestFirst?.Attempt(permitCount) ?? _core.Attempt(_request, permitCount);
        AttemptedLease.Keep(this, resource, lease, permitCount);
        return lease;
    }

    /// <inheritdoc/>
    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        AttemptedLease.Take(this, Resource(), permitCount) is { } attempted
            ? WaitAgainAsync(attempted, permitCount, cancellationToken)
            : WaitAsync(permitCount, cancellationToken);

    private async ValueTask<RateLimitLease> WaitAgainAsync(ThrottleLease attempted, int permitCount, CancellationToken cancellationToken) =>
        await _core.ReuseAsync(attempted).ConfigureAwait(false) ?? await WaitAsync(permitCount, cancellationToken).ConfigureAwait(false);

    private ValueTask<RateLimitLease> WaitAsync(int permitCount, CancellationToken cancellationToken) =>
        _newestFirst?.WaitAsync(permitCount, cancellationToken) ?? _core.WaitAsync(_request, permitCount, cancellationToken);

    private HttpContext? Resource() => _partition is null ? null : PartitionRequest.Take(_partition);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _core.Dispose();
            _newestFirst?.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override ValueTask DisposeAsyncCore()
    {
        Dispose(true);
        return ValueTask.CompletedTask;
    }

    internal static ThrottleRequest ForBucket(string rule, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(rule);
        ArgumentNullException.ThrowIfNull(key);
        return new ThrottleRequest([]) { Rule = rule, Key = key };
    }
}
