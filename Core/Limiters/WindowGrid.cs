namespace Throttle.Core.Limiters;

/// <summary>Windows that tile time without gap or overlap.</summary>
public abstract class WindowGrid
{
    private protected WindowGrid()
    {
    }

    /// <summary>The window that holds an instant.</summary>
    /// <param name="instant">In ticks, 0 to <see cref="Time.Ticks.MaxInstant"/>.</param>
    /// <returns>Its first instant, and the first instant of the next window; the latter saturates at <see cref="Time.Ticks.Never"/>.</returns>
    public abstract (long Start, long End) At(long instant);
}
