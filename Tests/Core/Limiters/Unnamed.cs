using Throttle.Core.Limiters;

namespace Throttle.Tests.Core.Limiters;

/// <summary>Decisions without the random names of their leases, for comparison.</summary>
internal static class Unnamed
{
    /// <summary>The decision with no lease's name in its grant.</summary>
    public static LimiterDecision WithoutLeaseId(this in LimiterDecision decision) =>
        decision.With(decision.Grant with { LeaseId = default });
}
