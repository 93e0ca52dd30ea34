using Throttle.Core.Time;

namespace Throttle.Core.Local;

/// <summary>What all stores of one engine share.</summary>
/// <param name="Time">Makes timers.</param>
/// <param name="Clock">Tells the instant.</param>
/// <param name="Room">Counts the buckets of one rule, or of the callers that name their own limits.</param>
/// <param name="TryForget">Looks in other stores for a bucket to forget, at an instant; tells whether one was found.</param>
/// <param name="NewLeaseId">Names leases; null for random names.</param>
internal sealed record LocalContext(
    TimeProvider Time, MonotonicClock Clock, BucketShare Room, Func<long, bool> TryForget, Func<Guid>? NewLeaseId)
{
    // A share may need several places to be free before it gets another one.
    private const int MostForgotten = 8;

    /// <summary>Counts a bucket in, and forgets others where that makes room for it.</summary>
    public bool TryAdd(long now)
    {
        for (var forgotten = 0; !Room.TryAdd(); forgotten++)
        {
            if (forgotten == MostForgotten || !TryForget(now))
            {
                Room.Refuse();
                return false;
            }
        }

        return true;
    }
}
