namespace Throttle.Core.Limiters;

/// <summary>Windows that do not overlap, and tile time without gap unless they start when they are first used.</summary>
public abstract class WindowGrid
{
    private protected WindowGrid()
    {
    }

    /// <summary>The window that holds an instant.</summary>
    /// <param name="instant">In ticks, 0 to <see cref="Time.Ticks.MaxInstant"/>.</param>
    /// <returns>Its first instant, and the first instant of the next window; the latter saturates at <see cref="Time.Ticks.Never"/>.</returns>
    public abstract (long Start, long End) At(long instant);

    /// <summary>Whether a window starts when it is first used, so that it has no start while it is not.</summary>
    public virtual bool IsFromFirstUse => false;

    /// <summary>As <see cref="At(long)"/>, by the first instant of another window, which tells where the others are if the grid does not.</summary>
    /// <param name="instant">In ticks, 0 to <see cref="Time.Ticks.MaxInstant"/>.</param>
    /// <param name="known">The first instant of a window.</param>
    public virtual (long Start, long End) At(long instant, long known) => At(instant);
}
