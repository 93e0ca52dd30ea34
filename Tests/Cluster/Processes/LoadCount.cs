using Throttle.Core;

namespace Throttle.Tests.Cluster.Processes;

/// <summary>What one caller was told.</summary>
/// <param name="Admitted">Calls that were allowed.</param>
/// <param name="Refused">Calls that were refused.</param>
/// <param name="Failed">Calls that no bucket answered; what they asked for may have been taken.</param>
internal readonly record struct LoadCount(long Admitted, long Refused, long Failed)
{
    public long Answered => Admitted + Refused;

    /// <summary>With one more answer.</summary>
    public LoadCount With(Decision decision) => decision switch
    {
        { Error: not null } => this with { Failed = Failed + 1 },
        { IsAllowed: true } => this with { Admitted = Admitted + 1 },
        _ => this with { Refused = Refused + 1 },
    };
}
