namespace Throttle.Core.Rules;

/// <summary><c>sliding-window</c>: this window's count plus the previous one's, weighted by how much of it is still in view.</summary>
/// <param name="Limit">Permits a window, 1 to <see cref="Limiters.Limits.MaxPermits"/>.</param>
/// <param name="WindowTicks">Length of the window in ticks, 1 µs to 400 days.</param>
public sealed record SlidingWindowSpec(long Limit, long WindowTicks) : LimiterSpec
{
    /// <inheritdoc/>
    public override string Algorithm => "sliding-window";

    /// <inheritdoc/>
    public override long RefillTicks => Math.Max(0, WindowTicks);
}
