using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>What all stores of one engine share.</summary>
/// <param name="Time">Makes timers.</param>
/// <param name="Clock">Tells the instant.</param>
/// <param name="Room">Counts buckets.</param>
/// <param name="TryForget">Looks in other stores for a bucket to forget, at an instant; tells whether one was found.</param>
/// <param name="NewLeaseId">Names leases; null for random names.</param>
internal sealed record LocalContext(
    TimeProvider Time, MonotonicClock Clock, BucketRoom Room, Func<long, bool> TryForget, Func<Guid>? NewLeaseId);
