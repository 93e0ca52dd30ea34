using Throttle.Core.Failures;
using Throttle.Core.Limiters;

namespace Throttle.Core.Engine;

/// <summary>What a bucket said to the holder of a permit, or why it could not be asked.</summary>
/// <param name="Answer">The limiter's answer; the default value when there is an <paramref name="Error"/>.</param>
/// <param name="Error">Why no answer could be had, or null.</param>
public readonly record struct BucketBegin(BeginAnswer Answer, Failure? Error = null);
