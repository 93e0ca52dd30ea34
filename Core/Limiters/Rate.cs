namespace Throttle.Core.Limiters;

/// <summary>Permits per period: <c>10/s</c>, <c>300/10s</c>, <c>1000/h</c>.</summary>
/// <param name="Permits">1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="PeriodTicks">In 100 ns ticks, 1 µs to 400 days.</param>
public readonly record struct Rate(long Permits, long PeriodTicks);
