using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>Windows of one length, one of which starts at the Unix epoch.</summary>
public sealed class FixedGrid : WindowGrid
{
    // Counting from an instant at or before tick 0 that is a window's start keeps the remainder from being negative.
    private readonly long _phase;

    /// <summary>Windows of <paramref name="windowTicks"/>, 1 µs to 400 days.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is out of range.</exception>
    public FixedGrid(long windowTicks)
    {
        WindowTicks = Limits.CheckPeriod(windowTicks, nameof(windowTicks));
        _phase = (windowTicks - (Ticks.UnixEpoch % windowTicks)) % windowTicks;
    }

    /// <summary>The length of a window in ticks.</summary>
    public long WindowTicks { get; }

    /// <inheritdoc/>
    /// <remarks>The very first window, which begins before tick 0, is given as starting at 0.</remarks>
    public override (long Start, long End) At(long instant)
    {
        var start = instant - ((instant + _phase) % WindowTicks);
        return (Math.Max(0, start), Ticks.Add(Math.Max(0, start), start < 0 ? WindowTicks + start : WindowTicks));
    }
}
