using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace Throttle.AspNetCore.Limiters;

/// <summary>
/// What an attempt took for an HTTP request. ASP.NET Core attempts all limiters of a request first; where a later one refuses it disposes
/// the leases of the earlier ones, whose permits are spent, and asks all of them again and waits. The second question of the same request
/// is answered with what the first took.
/// </summary>
internal sealed record AttemptedLease(ThrottleLease Lease, int PermitCount)
{
    /// <summary>Keeps what was taken for a resource that is a request.</summary>
    public static void Keep(object limiter, object? resource, RateLimitLease lease, int permitCount)
    {
        if (resource is HttpContext context && lease is ThrottleLease { IsAcquired: true } taken && permitCount > 0)
        {
            context.Items[limiter] = new AttemptedLease(taken, permitCount);
        }
    }

    /// <summary>The disposed lease of an earlier attempt of this limiter, for the same request and as many permits; null where there is none.</summary>
    public static ThrottleLease? Take(object limiter, object? resource, int permitCount)
    {
        if (resource is not HttpContext context || !context.Items.TryGetValue(limiter, out var kept)
            || kept is not AttemptedLease { Lease.IsDisposed: true } attempted || attempted.PermitCount != permitCount)
        {
            return null;
        }

        context.Items.Remove(limiter);
        return attempted.Lease;
    }
}
