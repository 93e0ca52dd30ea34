using System.Threading.RateLimiting;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Time;

namespace Throttle.AspNetCore.Limiters;

/// <summary>
/// Callers that wait, the newest first. Only the newest waits at the throttle, where the order is another; whoever comes makes it give
/// its turn back, asks, and the newest of those who are left goes on waiting.
/// </summary>
internal sealed class NewestFirstLine : IDisposable
{
    private readonly LimiterCore _core;
    private readonly ThrottleRequest _request;
    private readonly MonotonicClock _clock;
    private readonly Lock _gate = new();
    private readonly List<LineWaiter> _waiters = [];
    private CancellationTokenSource? _asking;
    private LineWaiter? _askedFor;
    private bool _isDriven;
    private int _newcomers;

    public NewestFirstLine(LimiterCore core, ThrottleRequest request)
    {
        (_core, _request) = (core, request);
        _clock = new(core.Options.TimeProvider);
    }

    public RateLimitLease Attempt(int permitCount)
    {
        _core.ThrowIfDisposed();
        if (!_core.Throttle.AnswersAtOnce)
        {
            // Nobody is asked, so that nobody need make room.
            return _core.Attempt(_request, permitCount);
        }

        Interrupt();
        try
        {
            return _core.Attempt(_request, permitCount);
        }
        finally
        {
            Resume();
        }
    }

    public async ValueTask<RateLimitLease> WaitAsync(int permitCount, CancellationToken cancellationToken)
    {
        _core.ThrowIfDisposed();
        LineWaiter? waiter;
        Interrupt();
        try
        {
            var decision = await _core.AskNowAsync(_request, permitCount, cancellationToken).ConfigureAwait(false);
            if (decision.IsAllowed || decision.NeverFits)
            {
                return _core.LeaseFor(decision, permitCount);
            }

            waiter = Join(permitCount);
            if (waiter is null)
            {
                return _core.LeaseFor(decision, permitCount, _core.IsDisposed ? LimiterCore.WasDisposed : LimiterCore.QueueLimitReached);
            }
        }
        finally
        {
            Resume();
        }

        return await AwaitAsync(waiter, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                Take(_waiters[i]).TrySetResult(_core.Fail(null, LimiterCore.WasDisposed));
            }
        }

        CancelAsking(null);
    }

    private async Task<RateLimitLease> AwaitAsync(LineWaiter waiter, CancellationToken cancellationToken)
    {
        await using var lastCall = _core.Options.MaxWait is null ? null : LastCall(waiter);
        await using var registration = cancellationToken.UnsafeRegister(_ => CancelWaiter(waiter, cancellationToken), null);
        return await waiter.Task.ConfigureAwait(false);
    }

    /// <summary>A timer that ends the wait at its deadline, which may be further off than a timer can be set.</summary>
    private ITimer LastCall(LineWaiter waiter)
    {
        ITimer? timer = null;
        timer = _core.Options.TimeProvider.CreateTimer(_ => RingOrSet(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        RingOrSet();
        return timer;

        void RingOrSet()
        {
            if (waiter.Deadline > _clock.Now)
            {
                TimerDelay.Set(timer!, _core.Options.TimeProvider, _clock, waiter.Deadline);
            }
            else
            {
                Give(waiter, _core.Fail(null, "The wait took too long"));
            }
        }
    }

    /// <summary>Takes a place, and that of the oldest where there is no room; null where there can be none, or nobody serves any more.</summary>
    private LineWaiter? Join(int permitCount)
    {
        lock (_gate)
        {
            // Whoever joined after the end would wait for ever.
            if (permitCount > _core.Options.QueueLimit || _core.IsDisposed)
            {
                return null;
            }

            while (!_core.TryJoin(permitCount))
            {
                if (_waiters.Count == 0)
                {
                    return null;
                }

                Take(_waiters[0]).TrySetResult(_core.Fail(null, LimiterCore.QueueLimitReached));
            }

            var waiter = new LineWaiter(permitCount, Ticks.Add(_clock.Now, _core.MaxWait.Ticks));
            _waiters.Add(waiter);
            return waiter;
        }
    }

    private void CancelWaiter(LineWaiter waiter, CancellationToken token)
    {
        lock (_gate)
        {
            if (!waiter.IsInLine)
            {
                return;
            }

            Take(waiter).TrySetCanceled(token);
        }

        CancelAsking(waiter);
    }

    private void Give(LineWaiter waiter, RateLimitLease lease)
    {
        lock (_gate)
        {
            if (!waiter.IsInLine)
            {
                return;
            }

            Take(waiter).TrySetResult(lease);
        }

        CancelAsking(waiter);
    }

    private LineWaiter Take(LineWaiter waiter)
    {
        waiter.IsInLine = false;
        _waiters.Remove(waiter);
        _core.Leave(waiter.PermitCount);
        return waiter;
    }

    /// <summary>Somebody asks: whoever waits gives its turn back first, which in this process has happened when this returns.</summary>
    private void Interrupt()
    {
        lock (_gate)
        {
            _newcomers++;
        }

        CancelAsking(null);
    }

    private void Resume()
    {
        lock (_gate)
        {
            if (--_newcomers > 0 || _isDriven || _waiters.Count == 0)
            {
                return;
            }

            _isDriven = true;
        }

        _ = DriveAsync();
    }

    /// <summary>Ends the waiting at the throttle, of whoever it is, or of one only.</summary>
    private void CancelAsking(LineWaiter? only)
    {
        CancellationTokenSource? asking;
        lock (_gate)
        {
            asking = only is null || ReferenceEquals(only, _askedFor) ? _asking : null;
        }

        // Not under the lock: what is cancelled may go on at once, and come here.
        asking?.Cancel();
    }

    private async Task DriveAsync()
    {
        while (true)
        {
            LineWaiter waiter;
            CancellationTokenSource asking;
            lock (_gate)
            {
                (_asking, _askedFor) = (null, null);
                if (_newcomers > 0 || _waiters.Count == 0)
                {
                    _isDriven = false;
                    return;
                }

                (_asking, _askedFor) = (asking, waiter) = (new(), _waiters[^1]);
            }

            await ServeAsync(waiter, asking.Token).ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(LineWaiter waiter, CancellationToken interrupted)
    {
        try
        {
            var left = TimeSpan.FromTicks(Math.Max(0, waiter.Deadline - _clock.Now));
            var decision = await _core.Throttle.AcquireAsync(LimiterCore.For(_request, waiter.PermitCount, left), interrupted).ConfigureAwait(false);
            await EndAsync(waiter, decision).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            // Somebody newer goes first, or this one has left.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            lock (_gate)
            {
                if (waiter.IsInLine)
                {
                    Take(waiter);
                }
            }

            // Also where it has left the line already, to be answered: nobody else will.
            waiter.TrySetException(e);
        }
    }

    /// <summary>The throttle has answered. What came too late for its waiter is given back.</summary>
    private async Task EndAsync(LineWaiter waiter, Decision decision)
    {
        bool isWaiting;
        lock (_gate)
        {
            isWaiting = waiter.IsInLine;
            if (isWaiting)
            {
                Take(waiter);
            }
        }

        if (isWaiting)
        {
            waiter.TrySetResult(await _core.GrantAsync(decision, waiter.PermitCount).ConfigureAwait(false));
        }
        else
        {
            await _core.Throttle.ReturnAsync(decision, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
