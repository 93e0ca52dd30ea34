namespace Throttle.Core;

/// <summary>One question to a throttle.</summary>
/// <param name="Attributes">What is known of the request; rules match on it and make keys of it.</param>
/// <param name="Cost">
/// Units asked for, 0 to <see cref="Limiters.Limits.MaxPermits"/>; each rule multiplies it by its own cost. 0 asks without taking.
/// </param>
/// <param name="MaxWait">The longest acceptable wait, zero or more; zero for now or never.</param>
public readonly record struct ThrottleRequest(Attributes Attributes, long Cost = 1, TimeSpan MaxWait = default);
