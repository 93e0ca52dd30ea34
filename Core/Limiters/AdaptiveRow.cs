namespace Throttle.Core.Limiters;

/// <summary>What becomes of the factor of an adaptive leaky bucket, for buckets from a capacity on.</summary>
/// <param name="Capacity">The least capacity it is for, 0 or more.</param>
/// <param name="Low">The fill level, 0 to 1, up to which the factor is multiplied by <paramref name="LowFactor"/>.</param>
/// <param name="LowFactor">1, or 1.01 to 10: an emptier bucket leaks faster.</param>
/// <param name="High">The fill level, above <paramref name="Low"/> and up to 1, from which it is multiplied by <paramref name="HighFactor"/>.</param>
/// <param name="HighFactor">1, or 0.1 to 0.99: a fuller bucket leaks slower.</param>
public readonly record struct AdaptiveRow(long Capacity, Factor Low, Factor LowFactor, Factor High, Factor HighFactor);
