using System.Diagnostics;

namespace Throttle.Core.Time;

/// <summary>
/// A clock that stands still until it is moved. Timers fire while it moves, each at its own instant, in the order of
/// their instants and, where those are equal, of their creation; a callback sees the clock at its timer's instant. One that is set
/// to no time at all does not wait for a move.
/// </summary>
/// <remarks>
/// Safe from any thread. Callbacks run on the thread that moves the clock, or on one of the pool for a timer set to no time, one at
/// a time: do not move the clock while holding a lock that a callback takes. One that throws stops the move at its instant, or ends
/// the process where it runs on the pool, as a system timer's does. <see cref="GetTimestamp"/> and <see cref="GetUtcNow"/> move together, at 100 ns a count.
/// </remarks>
public sealed class VirtualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly Lock _mover = new();
    private readonly SortedSet<VirtualTimer> _timers = new(VirtualTimer.ByDueThenAge);
    private long _now;
    private long _created;

    /// <summary>A clock that stands at <paramref name="start"/>.</summary>
    public VirtualTimeProvider(DateTimeOffset start) => _now = start.UtcTicks;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are waiting.</summary>
    public int TimerCount
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count;
            }
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(GetTimestamp(), TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _now);

    /// <summary>Moves the clock forward and fires what comes due, the end included.</summary>
    /// <param name="duration">Zero or more; zero fires what is due already, and has not fired on another thread.</param>
    /// <exception cref="ArgumentOutOfRangeException">The duration is negative, or leads past the year 9999.</exception>
    public void Advance(TimeSpan duration)
    {
        if (duration < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(
                nameof(duration), duration, $"The clock cannot go back: duration is {duration}; use zero or more.");
        }

        lock (_mover)
        {
            var room = Ticks.MaxInstant - GetTimestamp();
            if (duration.Ticks > room)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(duration), duration, $"duration is {duration}; use at most {TimeSpan.FromTicks(room)}, the end of the year 9999.");
            }

            MoveTo(GetTimestamp() + duration.Ticks);
        }
    }

    /// <summary>Moves the clock forward to an instant.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The instant has passed.</exception>
    public void AdvanceTo(DateTimeOffset instant)
    {
        lock (_mover)
        {
            if (instant.UtcTicks < GetTimestamp())
            {
                throw new ArgumentOutOfRangeException(
                    nameof(instant), instant, $"The clock cannot go back: it stands at {GetUtcNow():O}; use that or later.");
            }

            MoveTo(instant.UtcTicks);
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        VirtualTimer timer;
        lock (_gate)
        {
            timer = new VirtualTimer(this, callback, state, _created++);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    private void MoveTo(long end)
    {
        while (TakeDue(end) is { } timer)
        {
            timer.Fire();
        }

        // A callback may have moved the clock further.
        Volatile.Write(ref _now, Math.Max(_now, end));
    }

    private VirtualTimer? TakeDue(long end)
    {
        lock (_gate)
        {
            if (_timers.Min is not { } first || first.Due > end)
            {
                return null;
            }

            Debug.Assert(first.Due >= _now || first.Due <= end, "A timer due in the past fires now.");
            Volatile.Write(ref _now, Math.Max(_now, first.Due));
            _timers.Remove(first);
            if (first.Period > 0)
            {
                first.Due = Ticks.Add(_now, first.Period);
                _timers.Add(first);
            }

            return first;
        }
    }

    private sealed class VirtualTimer(VirtualTimeProvider clock, TimerCallback callback, object? state, long age) : ITimer
    {
        private bool _isDisposed;

        public static IComparer<VirtualTimer> ByDueThenAge { get; } = Comparer<VirtualTimer>.Create(
            (a, b) => a.Due != b.Due ? a.Due.CompareTo(b.Due) : a.Age.CompareTo(b.Age));

        public long Due { get; set; }

        public long Period { get; private set; }

        private long Age { get; } = age;

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            CheckTime(dueTime, nameof(dueTime));
            CheckTime(period, nameof(period));
            lock (clock._gate)
            {
                if (_isDisposed)
                {
                    return false;
                }

                clock._timers.Remove(this);
                Period = Math.Max(0, period.Ticks);
                if (dueTime >= TimeSpan.Zero)
                {
                    Due = Ticks.Add(clock._now, dueTime.Ticks);
                    clock._timers.Add(this);
                }
            }

            if (dueTime == TimeSpan.Zero)
            {
                // Whoever set it to an instant that another thread has moved the clock past would wait for a move that may not come.
                ThreadPool.UnsafeQueueUserWorkItem(static moved => moved.Advance(TimeSpan.Zero), clock, preferLocal: false);
            }

            return true;
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

        private static void CheckTime(TimeSpan time, string name)
        {
            if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
            {
                throw new ArgumentOutOfRangeException(name, time, $"{name} is {time}; use zero or more, or Timeout.InfiniteTimeSpan.");
            }
        }
    }
}
