namespace Throttle.Tests.Contracts;

/// <summary>
/// A clock for one caller that waits for one thing at a time: it jumps to a timer's instant as soon as the timer is set, so that
/// waiting takes no time and time passes only by waiting. Callbacks run on other threads, as timers' do.
/// </summary>
internal sealed class JumpingTimeProvider(DateTimeOffset start) : TimeProvider
{
    private long _now = start.UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Time passed, in ticks.</summary>
    public long Elapsed => GetTimestamp() - start.UtcTicks;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => new(GetTimestamp(), TimeSpan.Zero);

    /// <summary>Lets time pass by itself.</summary>
    public void Advance(long ticks) => Interlocked.Add(ref _now, ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new JumpingTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class JumpingTimer(JumpingTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal(Timeout.InfiniteTimeSpan, period);
            if (dueTime >= TimeSpan.Zero)
            {
                clock.Advance(dueTime.Ticks);
                ThreadPool.UnsafeQueueUserWorkItem(_ => callback(state), null);
            }

            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
