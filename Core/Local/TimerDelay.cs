using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>How long to set a timer.</summary>
internal static class TimerDelay
{
    private const int MostTries = 3;

    // The longest that the system's timers accept.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    /// <summary>
    /// The delay for a wait in ticks. The system's timers drop fractions of a millisecond and would fire early, so for them
    /// it is rounded up; other providers get it exact. Waits longer than the system's timers take come in pieces, but on the
    /// virtual clock: other providers may stand on those timers. The timer's owner looks at the clock when it fires.
    /// </summary>
    public static TimeSpan Of(TimeProvider time, long waitTicks)
    {
        var wait = TimeSpan.FromTicks(Math.Max(0, waitTicks));
        if (time is VirtualTimeProvider)
        {
            return wait;
        }

        return wait >= Longest ? Longest
            : ReferenceEquals(time, TimeProvider.System) ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds))
            : wait;
    }

    /// <summary>
    /// Sets a timer to an instant, once. A clock that somebody else moves may be moved between looking at it and setting the timer,
    /// which would then come late, or not at all: it is looked at again. A timer may fire twice for that.
    /// </summary>
    public static void Set(ITimer timer, TimeProvider time, MonotonicClock clock, long dueAt) =>
        Set(timer, static (t, delay) => t.Change(delay, Timeout.InfiniteTimeSpan), time, clock, dueAt);

    /// <summary>As <see cref="Set(ITimer, TimeProvider, MonotonicClock, long)"/>, for timers of another kind.</summary>
    public static void Set<TTimer>(TTimer timer, Action<TTimer, TimeSpan> set, TimeProvider time, MonotonicClock clock, long dueAt)
    {
        for (var tries = 1; ; tries++)
        {
            var now = clock.Now;
            set(timer, Of(time, dueAt - now));
            if (ReferenceEquals(time, TimeProvider.System) || clock.Now == now || tries == MostTries)
            {
                return;
            }
        }
    }
}
