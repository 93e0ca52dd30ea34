using System.Threading.RateLimiting;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.AspNetCore.Limiters;

/// <summary>What the adapters share: asking, waiting oldest first, counting.</summary>
/// <remarks>
/// The oldest waits at the throttle, whose order is by bucket and holds for everybody; here it is only counted. A permit count of 0
/// asks whether one permit could be had, and waits until it could, without taking it.
/// </remarks>
internal sealed class LimiterCore : IDisposable
{
    public const string QueueLimitReached = "Queue limit reached";
    public const string WasDisposed = "The limiter was disposed";

    private const string NotAtOnce =
        "The buckets are not in this process, and AttemptAcquire does not wait for another machine's answer; use AcquireAsync.";

    private readonly IThrottle _throttle;
    private readonly MonotonicClock _clock;
    private readonly CancellationTokenSource _disposal = new();
    private readonly Lock _gate = new();
    private long _queued;
    private long _failed;
    private long _successful;
    private long _asNewAt;
    private long _lastRemaining = -1;
    private int _active;
    private bool _isDisposed;

    public LimiterCore(IThrottle throttle, ThrottleRateLimiterOptions? options)
    {
        ArgumentNullException.ThrowIfNull(throttle);
        (_throttle, Options) = (throttle, (options ?? new()).Checked());
        _clock = new(Options.TimeProvider);
        _asNewAt = Now;
    }

    public ThrottleRateLimiterOptions Options { get; }

    /// <summary>The throttle that is asked.</summary>
    public IThrottle Throttle => _throttle;

    /// <summary>Whether nobody may wait any more.</summary>
    public bool IsDisposed => Volatile.Read(ref _isDisposed);

    /// <summary>The longest wait of a caller.</summary>
    public TimeSpan MaxWait => Options.MaxWait ?? TimeSpan.MaxValue;

    /// <summary>How long nothing has been held, waited for or owed; null while something is.</summary>
    public TimeSpan? IdleDuration
    {
        get
        {
            var idle = Now - Volatile.Read(ref _asNewAt);
            return Volatile.Read(ref _active) > 0 || idle < 0 ? null : TimeSpan.FromTicks(idle);
        }
    }

    private long Now => _clock.Now;

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsDisposed, typeof(RateLimiter));

    /// <summary>The request for so many permits: its cost is that of one.</summary>
    public static ThrottleRequest For(in ThrottleRequest request, int permitCount, TimeSpan maxWait)
    {
        var cost = (Int128)request.Cost * Math.Max(1, permitCount);
        return cost <= Limits.MaxPermits
            ? request with { Cost = (long)cost, MaxWait = maxWait }
            : throw new ArgumentOutOfRangeException(nameof(permitCount), permitCount, $"permitCount is {permitCount}, at {request.Cost} each; use what comes to at most {Limits.MaxPermits}.");
    }

    /// <summary>Answers on the caller's thread, or not at all.</summary>
    public ThrottleLease Attempt(in ThrottleRequest request, int permitCount)
    {
        ThrowIfDisposed();
        if (!_throttle.AnswersAtOnce)
        {
            return ThrottleLease.Failed(null, NotAtOnce);
        }

        var now = For(request, permitCount, TimeSpan.Zero);
        var asking = permitCount == 0
            ? _throttle.PeekAsync(now, CancellationToken.None)
            : _throttle.ReserveAsync(now, CancellationToken.None);
        if (!asking.IsCompleted)
        {
            _ = GiveBackAsync(asking.AsTask(), isTaken: permitCount > 0);
            return ThrottleLease.Failed(null, NotAtOnce);
        }

        return LeaseFor(asking.GetAwaiter().GetResult(), permitCount);
    }

    /// <summary>Waits at the throttle, where there is room to wait.</summary>
    public async ValueTask<RateLimitLease> WaitAsync(ThrottleRequest request, int permitCount, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        Decision? now = null;
        if (permitCount == 0 || !_throttle.AnswersAtOnce)
        {
            // Whoever has its answer only when it has come back does not wait for permits meanwhile.
            now = await AskNowAsync(request, permitCount, cancellationToken).ConfigureAwait(false);
            if (now.IsAllowed || now.NeverFits || now.Error is not null)
            {
                return LeaseFor(now, permitCount);
            }
        }

        if (!TryJoin(permitCount))
        {
            return LeaseFor(now ?? await AskNowAsync(request, permitCount, cancellationToken).ConfigureAwait(false), permitCount, QueueLimitReached);
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposal.Token);
        try
        {
            var decision = await _throttle.AcquireAsync(For(request, permitCount, MaxWait), end.Token).ConfigureAwait(false);
            return await GrantAsync(decision, permitCount).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return Cancelled(cancellationToken);
        }
        finally
        {
            Leave(permitCount);
        }
    }

    /// <summary>
    /// The lease for a caller that has just given up an attempt. What that took counts; only a place of a concurrency rule has gone
    /// back, so that all is given back.
    /// </summary>
    /// <returns>The lease; null where the caller must ask anew.</returns>
    public async ValueTask<ThrottleLease?> ReuseAsync(ThrottleLease attempted)
    {
        ThrowIfDisposed();
        var decision = attempted.Decision!;
        if (decision.Lease is null)
        {
            return ThrottleLease.Acquired(decision);
        }

        await _throttle.ReturnAsync(decision, CancellationToken.None).ConfigureAwait(false);
        return null;
    }

    /// <summary>Asks without waiting; for no permits, whether one could be had.</summary>
    public ValueTask<Decision> AskNowAsync(in ThrottleRequest request, int permitCount, CancellationToken cancellationToken) =>
        permitCount == 0
            ? PeekAsync(request, cancellationToken)
            : _throttle.ReserveAsync(For(request, permitCount, TimeSpan.Zero), cancellationToken);

    /// <summary>The lease for what a caller waited for. Who wanted to know whether there is a permit gives it back.</summary>
    public async ValueTask<RateLimitLease> GrantAsync(Decision decision, int permitCount)
    {
        if (permitCount == 0 && decision.IsAllowed)
        {
            await _throttle.ReturnAsync(decision, CancellationToken.None).ConfigureAwait(false);
        }

        return LeaseFor(decision, permitCount);
    }

    /// <summary>The lease for a decision. More than a new bucket holds is misuse, except where one permit alone is.</summary>
    public ThrottleLease LeaseFor(Decision decision, int permitCount, string? reason = null)
    {
        if (permitCount > 0)
        {
            Remember(decision);
        }

        if (decision.IsAllowed)
        {
            Interlocked.Increment(ref _successful);
            var held = permitCount == 0 ? null : HeldLease.Of(_throttle, decision, Options.TimeProvider);
            if (held is not null)
            {
                Interlocked.Increment(ref _active);
            }

            return ThrottleLease.Acquired(decision, held, held is null ? null : EndHeld);
        }

        return decision is { NeverFits: true, Rule: { } rule } && permitCount > 1
            ? throw new ArgumentOutOfRangeException(
                nameof(permitCount), permitCount, $"permitCount is {permitCount}; rule '{rule.Id}' allows at most {decision.Limit} permits at once.")
            : Fail(decision, decision.NeverFits ? null : reason);
    }

    /// <summary>A refusal, counted.</summary>
    public ThrottleLease Fail(Decision? decision, string? reason)
    {
        Interlocked.Increment(ref _failed);
        return ThrottleLease.Failed(decision, reason);
    }

    /// <summary>What becomes of a caller who waited in vain: it cancelled, or the limiter was disposed.</summary>
    public RateLimitLease Cancelled(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? throw new TaskCanceledException("The caller gave up waiting.", null, cancellationToken)
            : Fail(null, WasDisposed);

    /// <summary>What there is now; null where nobody can tell. The last answer tells where all of them are of one bucket.</summary>
    public RateLimiterStatistics? Statistics(in ThrottleRequest request, bool isOfOneBucket)
    {
        ThrowIfDisposed();

        // Looking is not using: what others have taken keeps nobody from being idle.
        var remaining = _throttle.AnswersAtOnce && _throttle.PeekAsync(request with { Cost = 0, MaxWait = TimeSpan.Zero }, CancellationToken.None) is { IsCompleted: true } peek
            ? RemainingOf(peek.GetAwaiter().GetResult())
            : isOfOneBucket ? Volatile.Read(ref _lastRemaining) : -1;
        return remaining < 0 ? null : new RateLimiterStatistics
        {
            CurrentAvailablePermits = remaining,
            CurrentQueuedCount = Interlocked.Read(ref _queued),
            TotalFailedLeases = Interlocked.Read(ref _failed),
            TotalSuccessfulLeases = Interlocked.Read(ref _successful),
        };
    }

    /// <summary>Makes room in the queue, where there is some.</summary>
    public bool TryJoin(int permitCount)
    {
        lock (_gate)
        {
            if (Options.QueueLimit == 0 || Options.QueueLimit - _queued < permitCount)
            {
                return false;
            }

            _queued += permitCount;
        }

        Interlocked.Increment(ref _active);
        return true;
    }

    /// <summary>Gives up a place in the queue.</summary>
    public void Leave(int permitCount)
    {
        lock (_gate)
        {
            _queued -= permitCount;
        }

        Interlocked.Decrement(ref _active);
    }

    /// <summary>Who waits is refused, whoever asks afterwards gets an exception. Leases that are held stay so.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        // Not disposed: callers may be about to link to it, and it holds no timer.
        _disposal.Cancel();
    }

    private ValueTask<Decision> PeekAsync(in ThrottleRequest request, CancellationToken cancellationToken) =>
        _throttle.PeekAsync(For(request, 1, TimeSpan.Zero), cancellationToken);

    private async Task GiveBackAsync(Task<Decision> asking, bool isTaken)
    {
        await ((Task)asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (isTaken && asking.IsCompletedSuccessfully)
        {
            await _throttle.ReturnAsync(await asking.ConfigureAwait(false), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private void EndHeld()
    {
        Raise(ref _asNewAt, Now);
        Interlocked.Decrement(ref _active);
    }

    private static long RemainingOf(Decision decision) => decision.Rules.Count == 0 ? int.MaxValue : decision.Remaining;

    private void Remember(Decision decision)
    {
        Volatile.Write(ref _lastRemaining, RemainingOf(decision));
        foreach (var rule in decision.Rules)
        {
            if (rule.Rule is { Mode: RuleMode.Enforce, Limit: not ConcurrencySpec })
            {
                Raise(ref _asNewAt, Ticks.Add(Now, rule.ResetAfter.Ticks));
            }
        }
    }

    private static void Raise(ref long value, long least)
    {
        var seen = Volatile.Read(ref value);
        while (seen < least && Interlocked.CompareExchange(ref value, least, seen) is var now && now != seen)
        {
            seen = now;
        }
    }
}
