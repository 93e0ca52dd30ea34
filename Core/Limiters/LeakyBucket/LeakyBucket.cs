namespace Throttle.Core.Limiters;

/// <summary>
/// A leaky bucket as a meter: starts empty, each permit raises its level, the level leaks steadily, and what would make it
/// overflow is refused. <see cref="LimiterDecision.Remaining"/> is the room left.
/// </summary>
/// <remarks>
/// It admits what a token bucket of the same numbers admits. It differs where numbers change: <see cref="OnChange.Keep"/>
/// keeps the water, not the room, so a smaller bucket may be over-full for a while and admits nothing until it has leaked.
/// </remarks>
public sealed class LeakyBucket : FluidLimiter
{
    /// <summary>A bucket that holds <paramref name="capacity"/> and leaks at <paramref name="leak"/>.</summary>
    /// <param name="capacity">1 to <see cref="Limits.MaxPermits"/>.</param>
    /// <param name="leak">1 to <see cref="Limits.MaxPermits"/> permits in 1 µs to 400 days.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public LeakyBucket(long capacity, Rate leak)
        : base(capacity, leak)
    {
    }

    private protected override bool KeepsUse => true;
}
