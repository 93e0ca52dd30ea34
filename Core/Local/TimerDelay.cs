namespace Throttle.Core.Local;

/// <summary>How long to set a timer.</summary>
internal static class TimerDelay
{
    // The longest that the system's timers accept.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    /// <summary>
    /// The delay for a wait in ticks. The system's timers drop fractions of a millisecond and would fire early, so for them
    /// it is rounded up; other providers get it exact. Very long waits come in pieces: the timer's owner looks at the clock.
    /// </summary>
    public static TimeSpan Of(TimeProvider time, long waitTicks)
    {
        var wait = TimeSpan.FromTicks(Math.Max(0, waitTicks));
        if (ReferenceEquals(time, TimeProvider.System))
        {
            wait = wait >= Longest ? Longest : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        }

        return wait;
    }
}
