using Throttle.Core.Engine;
using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>
/// A turn that comes by itself, holding no thread: a timer, and a task that completes once, by the timer, by its bucket, or by
/// cancellation.
/// </summary>
internal sealed class Turn : GrantedTurn, IDisposable
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly MonotonicClock _clock;
    private readonly Action<Turn> _onDue;
    private ITimer? _timer;

    /// <param name="time">Makes the timer.</param>
    /// <param name="clock">Tells whether it is time.</param>
    /// <param name="onDue">Called on a timer's thread once the instant has come; completes the turn.</param>
    public Turn(TimeProvider time, MonotonicClock clock, Action<Turn> onDue) =>
        (_time, _clock, _onDue) = (time, clock, onDue);

    /// <summary>Waits until an instant has come.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled before.</exception>
    public static async Task ComesAsync(TimeProvider time, MonotonicClock clock, long dueAt, CancellationToken cancellationToken)
    {
        var turn = new Turn(time, clock, static turn => turn.TryComplete());
        turn.MoveUp(dueAt);
        turn.Start();
        await turn.WaitAsync(turn => turn.TryLeave(clock.Now), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets the timer. Where a bucket may move it up, its lock is held.</summary>
    public void Start()
    {
        _timer = _time.CreateTimer(static turn => ((Turn)turn!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Arm();
    }

    public override void MoveUp(long dueAt)
    {
        base.MoveUp(dueAt);
        Arm();
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

    private protected override void OnServed() => _done.TrySetResult();

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
            if (_timer is { } timer)
            {
                TimerDelay.Set(timer, _time, _clock, DueAt);
            }
        }
    }
}
