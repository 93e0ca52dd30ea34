using Throttle.Core.Time;

namespace Throttle.Core.Limiters;

/// <summary>Windows of one length, each of which starts when it is first used, unless it is reserved ahead: then it follows the one before.</summary>
public sealed class FirstUseGrid : WindowGrid
{
    /// <summary>Windows of <paramref name="windowTicks"/>, 1 µs to 400 days.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is out of range.</exception>
    public FirstUseGrid(long windowTicks) => WindowTicks = Limits.CheckPeriod(windowTicks, nameof(windowTicks));

    /// <summary>The length of a window in ticks.</summary>
    public long WindowTicks { get; }

    /// <inheritdoc/>
    public override bool IsFromFirstUse => true;

    /// <inheritdoc/>
    /// <remarks>The window that starts at the instant.</remarks>
    public override (long Start, long End) At(long instant) => (instant, Ticks.Add(instant, WindowTicks));

    /// <inheritdoc/>
    /// <remarks>Of the windows that follow one another from the known one on, and those that would lie before it.</remarks>
    public override (long Start, long End) At(long instant, long known)
    {
        var since = (instant - known) % WindowTicks;
        var start = instant - (since < 0 ? since + WindowTicks : since);
        return (Math.Max(0, start), Ticks.Add(Math.Max(0, start), start < 0 ? WindowTicks + start : WindowTicks));
    }
}
