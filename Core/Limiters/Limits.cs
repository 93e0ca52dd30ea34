namespace Throttle.Core.Limiters;

/// <summary>The largest and smallest numbers that limiters accept, all inclusive.</summary>
public static class Limits
{
    /// <summary>The largest capacity, limit, burst, rate or cost: 2^53, the last whole number every JSON reader keeps exact.</summary>
    public const long MaxPermits = 1L << 53;

    /// <summary>The shortest period, window, interval or lease: one microsecond, in ticks.</summary>
    public const long MinPeriodTicks = TimeSpan.TicksPerMicrosecond;

    /// <summary>The longest period, window, interval or lease: 400 days, in ticks.</summary>
    public const long MaxPeriodTicks = 400 * TimeSpan.TicksPerDay;

    /// <summary>The most bandwidths one token bucket holds.</summary>
    public const int MaxBandwidths = 16;

    /// <summary>The most reservations that a spacing limiter keeps outstanding.</summary>
    public const int MaxReservations = 10_000;

    /// <summary>The largest limit of a sliding log: its memory grows with the limit, by 16 bytes an instant (16 MB a bucket at most).</summary>
    public const long MaxSlidingLogLimit = 1_000_000;

    /// <summary>Throws when <paramref name="permits"/> is not 1 to <see cref="MaxPermits"/>.</summary>
    internal static long CheckPermits(long permits, string name) =>
        permits is >= 1 and <= MaxPermits
            ? permits
            : throw new ArgumentOutOfRangeException(name, permits, $"{name} is {permits}; use 1 to {MaxPermits}.");

    /// <summary>Throws when <paramref name="ticks"/> is not 1 µs to 400 days.</summary>
    internal static long CheckPeriod(long ticks, string name) =>
        ticks is >= MinPeriodTicks and <= MaxPeriodTicks
            ? ticks
            : throw new ArgumentOutOfRangeException(
                name, ticks, $"{name} is {ticks} ticks of 100 ns; use {MinPeriodTicks} (1 µs) to {MaxPeriodTicks} (400 days).");

    /// <summary>Throws when <paramref name="cost"/> is negative. A cost above the limit is no error: it never fits.</summary>
    internal static void CheckCost(long cost)
    {
        if (cost < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(cost), cost, $"cost is {cost}; use 0 to {MaxPermits}.");
        }
    }
}
