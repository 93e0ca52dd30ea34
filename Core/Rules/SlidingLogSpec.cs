namespace Throttle.Core.Rules;

/// <summary><c>sliding-log</c>: exact, at the price of remembering each instant.</summary>
/// <param name="Limit">Permits in any window, 1 to <see cref="Limiters.Limits.MaxPermits"/>; memory grows with it (16 bytes an instant).</param>
/// <param name="WindowTicks">Length of the window in ticks, 1 µs to 400 days.</param>
public sealed record SlidingLogSpec(long Limit, long WindowTicks) : LimiterSpec
{
    /// <inheritdoc/>
    public override string Algorithm => "sliding-log";

    /// <inheritdoc/>
    public override long RefillTicks => Math.Max(0, WindowTicks);
}
