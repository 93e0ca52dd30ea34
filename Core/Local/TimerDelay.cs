using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>How long to set a timer.</summary>
internal static class TimerDelay
{
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
}
