namespace Throttle.Core.Limiters;

/// <summary>A place in a spaced sequence of calls.</summary>
/// <param name="WaitTicks">Ticks to wait before the call; 0 for at once.</param>
/// <param name="ValidAt">The instant of the call, in ticks.</param>
/// <param name="ExpiresAt">The last instant at which the call may still be made, in ticks; <see cref="Time.Ticks.Never"/> for a permit without a wait.</param>
public readonly record struct Permit(long WaitTicks, long ValidAt, long ExpiresAt)
{
    /// <summary>Whether its holder came too late. Exactly at <see cref="ExpiresAt"/> it is still good.</summary>
    public bool IsExpired(long now) => now > ExpiresAt;
}
