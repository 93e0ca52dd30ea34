namespace Throttle.Core.Rules;

/// <summary>Tells which version of the rules each node of a cluster answers by.</summary>
public interface IRuleVersions
{
    /// <summary>One entry for each node that takes requests now, ordered by its name. Takes no longer than the token allows.</summary>
    /// <param name="cancellationToken">Gives up; nodes that have not answered by then have no version, and nothing is thrown.</param>
    ValueTask<IReadOnlyList<NodeRules>> GetAsync(CancellationToken cancellationToken = default);
}
