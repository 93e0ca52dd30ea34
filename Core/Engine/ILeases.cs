using Throttle.Core.Limiters;

namespace Throttle.Core.Engine;

/// <summary>The leases that callers stand in line for.</summary>
internal interface ILeases
{
    /// <summary>Takes a lease now, overtaking everybody.</summary>
    BucketAnswer Take(long permits, long now);

    /// <summary>What <see cref="Take"/> would answer, taking nothing.</summary>
    LimiterDecision Peek(long permits, long now);
}
