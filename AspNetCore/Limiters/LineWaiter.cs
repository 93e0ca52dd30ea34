using System.Threading.RateLimiting;

namespace Throttle.AspNetCore.Limiters;

/// <summary>Somebody in a line that goes newest first.</summary>
internal sealed class LineWaiter(int permitCount, long deadline) : TaskCompletionSource<RateLimitLease>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public int PermitCount { get; } = permitCount;

    /// <summary>The instant, by the line's clock, at which it wants to wait no longer.</summary>
    public long Deadline { get; } = deadline;

    /// <summary>Whether it is still in line.</summary>
    public bool IsInLine { get; set; } = true;
}
