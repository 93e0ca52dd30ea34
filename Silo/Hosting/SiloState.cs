using Throttle.Api.Hosting;
using Throttle.Grains.Interfaces.Rules;

namespace Throttle.Silo.Hosting;

/// <summary>A silo takes requests once it has joined and knows the rules, and as long as it is not cut off from them.</summary>
/// <remarks>
/// The rules are one grain. When the silo that has it dies, none can reach it until that is noticed, and all go on answering by
/// the rules they have: a shorter time would take the whole cluster out of service at once.
/// </remarks>
internal sealed class SiloState(ISiloStatusOracle silo, ClusterRules rules) : INodeState
{
    private static readonly TimeSpan CutOff = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public int NodeCount => silo.GetApproximateSiloStatuses(onlyActive: true).Count;

    /// <inheritdoc/>
    public string? NotReady
    {
        get
        {
            if (silo.CurrentStatus != SiloStatus.Active)
            {
                return $"The silo is {silo.CurrentStatus}.";
            }

            if (!rules.Ready.IsCompleted)
            {
                return "The rules are not known yet.";
            }

            return rules.UnreachableFor is { } time && time > CutOff
                ? $"The cluster's rules cannot be reached for {(long)time.TotalSeconds} s; those of version {rules.Current.Version} are in force here."
                : null;
        }
    }
}
