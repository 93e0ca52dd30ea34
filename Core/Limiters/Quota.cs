namespace Throttle.Core.Limiters;

/// <summary>How much a limit allows in which time: the terms of the header field <c>RateLimit-Policy</c>.</summary>
/// <param name="Permits">Permits a window, or the most at once.</param>
/// <param name="WindowTicks">The time in which that much comes back, in ticks, rounded up; 0 when no time says it.</param>
/// <param name="IsConcurrent">Whether it counts what runs at once.</param>
public readonly record struct Quota(long Permits, Int128 WindowTicks, bool IsConcurrent = false)
{
    /// <summary>A bucket of so many permits that fills at a rate.</summary>
    public static Quota OfFill(long permits, Rate rate) =>
        new(permits, (((Int128)permits * rate.PeriodTicks) + rate.Permits - 1) / rate.Permits);
}
