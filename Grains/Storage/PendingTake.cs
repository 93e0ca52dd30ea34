using Throttle.Core.Engine;
using Throttle.Core.Limiters;

namespace Throttle.Grains.Storage;

/// <summary>Permits taken in memory, which storage does not cover yet, so that their caller has no answer.</summary>
internal sealed class PendingTake(Grant grant, BucketWaiter? waiter = null)
{
    /// <summary>Whether the caller gave up while it waited for storage.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>Gives the permits back, as far as the limiter can.</summary>
    public void Undo(Bucket bucket, long now)
    {
        if (waiter is not null)
        {
            bucket.Leave(waiter, now);
        }
        else if (grant.Permits > 0)
        {
            bucket.Return(grant, now);
        }
    }
}
