using Throttle.Core.Time;

namespace Throttle.Tests.Core.Engine;

/// <summary>
/// A clock whose timers fire only when told, however late, and which accepts delays no longer than the system's timers do:
/// what a busy machine does to callers, made repeatable.
/// </summary>
public sealed class LateTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<LateTimer> _timers = [];
    private long _now = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    /// <summary>How far each look at the clock moves it.</summary>
    public long TicksPerLook { get; init; }

    /// <summary>Whether a timer set to no delay at all fires at once, on the thread that sets it.</summary>
    public bool FiresAtOnce { get; init; }

    /// <summary>Called with each new timer's delay, on the thread that makes it.</summary>
    public Action<TimeSpan>? OnTimerMade { get; set; }

    public override long TimestampFrequency => Ticks.PerSecond;

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _now), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Add(ref _now, TicksPerLook);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LateTimer(this, callback, state);
        timer.Change(dueTime, period);
        OnTimerMade?.Invoke(dueTime);
        return timer;
    }

    /// <summary>Moves the clock; no timer fires.</summary>
    public void Pass(TimeSpan duration) => Interlocked.Add(ref _now, duration.Ticks);

    /// <summary>Fires every timer that is due, those that become due by it included.</summary>
    public void FireDue()
    {
        while (TakeDue() is { } timer)
        {
            timer.Fire();
        }
    }

    private LateTimer? TakeDue()
    {
        lock (_gate)
        {
            var due = _timers.Where(t => t.Due <= Volatile.Read(ref _now)).MinBy(t => t.Due);
            if (due is not null)
            {
                _timers.Remove(due);
            }

            return due;
        }
    }

    private sealed class LateTimer(LateTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);
        private bool _isDisposed;

        public long Due { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(dueTime, Longest);
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                if (dueTime >= TimeSpan.Zero && !_isDisposed)
                {
                    Due = Volatile.Read(ref clock._now) + dueTime.Ticks;
                    clock._timers.Add(this);
                }
            }

            if (clock.FiresAtOnce && dueTime == TimeSpan.Zero && clock.TakeDue() is { } due)
            {
                due.Fire();
            }

            return !_isDisposed;
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                _isDisposed = true;
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
