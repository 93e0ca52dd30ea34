using System.Collections.Concurrent;
using Throttle.Core.Local;
using Throttle.Core.Time;

namespace Throttle.Tests.Cluster.Harness;

/// <summary>One machine's view of a common virtual time: off by so much. It counts the timers that wait.</summary>
public sealed class TestClock(VirtualTimeProvider time, TimeSpan offset = default) : TimeProvider
{
    private readonly ConcurrentDictionary<CountedTimer, long> _dueAt = new();
    private int _armed;
    private int _turns;

    /// <summary>How many timers made by this clock wait.</summary>
    public int Armed => Volatile.Read(ref _armed);

    /// <summary>How many of them are for callers that were told their turn.</summary>
    public int Turns => Volatile.Read(ref _turns);

    /// <summary>Whether a timer made by this clock waits for an instant of the common time, in ticks.</summary>
    public bool IsArmedFor(long instant) => _dueAt.Values.Contains(instant);

    public override long TimestampFrequency => time.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + offset;

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new CountedTimer(this, callback, state);
        timer.Start(dueTime, period);
        return timer;
    }

    private sealed class CountedTimer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        private ITimer? _inner;
        private int _isArmed;
        private bool _isPeriodic;

        public void Start(TimeSpan dueTime, TimeSpan period)
        {
            _inner = clock.Inner.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _isPeriodic = period > TimeSpan.Zero;
            Count(dueTime >= TimeSpan.Zero);
            if (dueTime >= TimeSpan.Zero)
            {
                clock._dueAt[this] = clock.GetTimestamp() + dueTime.Ticks;
            }

            return _inner!.Change(dueTime, period);
        }

        public void Dispose()
        {
            Count(isArmed: false);
            _inner!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            if (!_isPeriodic)
            {
                Count(isArmed: false);
            }

            callback(state);
        }

        private void Count(bool isArmed)
        {
            if (!isArmed)
            {
                clock._dueAt.TryRemove(this, out _);
            }

            if (Interlocked.Exchange(ref _isArmed, isArmed ? 1 : 0) != (isArmed ? 1 : 0))
            {
                Interlocked.Add(ref clock._armed, isArmed ? 1 : -1);
                Interlocked.Add(ref clock._turns, state is not Turn ? 0 : isArmed ? 1 : -1);
            }
        }
    }

    private VirtualTimeProvider Inner => time;
}
