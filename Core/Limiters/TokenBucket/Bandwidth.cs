namespace Throttle.Core.Limiters;

/// <summary>A capacity and what refills it.</summary>
/// <param name="Capacity">Permits a full bucket holds, 1 to <see cref="Limits.MaxPermits"/>.</param>
/// <param name="Refill">How fast it fills.</param>
public readonly record struct Bandwidth(long Capacity, Rate Refill);
