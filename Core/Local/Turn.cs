using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>
/// A caller waiting for the instant it was granted, holding no thread: a timer, and a task that completes once, by the timer,
/// by its bucket, or by cancellation.
/// </summary>
internal sealed class Turn : IDisposable
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly Action<Turn> _onDue;
    private ITimer? _timer;
    private int _state;

    /// <param name="time">Makes the timer.</param>
    /// <param name="clock">Tells whether it is time.</param>
    /// <param name="onDue">Called on a timer's thread once the instant has come; completes the turn.</param>
    public Turn(TimeProvider time, MonotonicClock clock, Action<Turn> onDue) =>
        (_time, _clock, _onDue) = (time, clock, onDue);

    /// <summary>The granted instant, in ticks. Only its bucket's lock holder moves it.</summary>
    public long DueAt { get; private set; }

    /// <summary>Sets the timer. Where a bucket may move it up, its lock is held.</summary>
    public void Start()
    {
        _timer = _time.CreateTimer(static turn => ((Turn)turn!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Arm();
    }

    /// <summary>Is granted an instant, or an earlier one.</summary>
    public void MoveUp(long dueAt)
    {
        DueAt = dueAt;
        Arm();
    }

    /// <summary>Is granted an instant that has come.</summary>
    public void CompleteAt(long dueAt)
    {
        // No timer: a provider may fire it at once, on this thread, which is in the midst of serving others.
        DueAt = dueAt;
        TryComplete();
    }

    /// <returns>Whether this call completed it.</returns>
    public bool TryComplete() => TryEnd(1) && _done.TrySetResult();

    /// <summary>
    /// Ends the wait of a caller that cancelled. One whose instant has come is served all the same: others may have been
    /// served on top of it, so that taking it back would let one more go than may.
    /// </summary>
    /// <returns>Whether it leaves, and what it was granted is to be given back.</returns>
    public bool TryLeave(long now)
    {
        if (now < DueAt)
        {
            return TryEnd(2);
        }

        TryComplete();
        return false;
    }

    /// <summary>Waits; on cancellation calls <paramref name="leave"/> once, and throws if that says that it left.</summary>
    public async Task WaitAsync(Func<Turn, bool> leave, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            (_, token) =>
            {
                if (leave(this))
                {
                    _done.TrySetCanceled(token);
                }
            },
            null);
        try
        {
            await _done.Task.ConfigureAwait(false);
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose() => _timer?.Dispose();

    private bool TryEnd(int state) => Interlocked.CompareExchange(ref _state, state, 0) == 0;

    private void OnTimer()
    {
        if (_clock.Now >= DueAt)
        {
            _onDue(this);
        }
        else
        {
            Arm();
        }
    }

    private void Arm()
    {
        // Of a timer that came early and a move-up, whichever is later sets the instant that holds.
        lock (_done)
        {
            _timer?.Change(TimerDelay.Of(_time, DueAt - _clock.Now), Timeout.InfiniteTimeSpan);
        }
    }
}
