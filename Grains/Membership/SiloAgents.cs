using Orleans.Runtime.Services;
using Throttle.Core.Rules;

namespace Throttle.Grains.Membership;

/// <summary>The other silos.</summary>
internal sealed class SiloAgents(IServiceProvider services, IClusterMembershipService membership)
    : GrainServiceClient<ISiloAgent>(services), IRuleVersions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Silos that are active, in order.</summary>
    public SiloAddress[] ActiveSilos =>
    [
        .. membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status == SiloStatus.Active)
            .Select(member => member.SiloAddress)
            .Order(),
    ];

    /// <summary>Asks each of these silos at once.</summary>
    /// <returns>Their answers in order; null where one failed, took longer than a second, or the caller gave up.</returns>
    public Task<TResult?[]> AskAsync<TResult>(
        IEnumerable<SiloAddress> silos, Func<ISiloAgent, Task<TResult?>> ask, CancellationToken cancellationToken) =>
        Task.WhenAll(silos.Select(silo => AskAsync(silo, ask, cancellationToken)));

    public async ValueTask<IReadOnlyList<NodeRules>> GetAsync(CancellationToken cancellationToken = default)
    {
        var silos = ActiveSilos;
        var versions = await AskAsync<long?>(
            silos, async agent => await agent.GetRulesVersionAsync().ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return
        [
            .. silos.Select((silo, i) => new NodeRules(silo.ToParsableString(), versions[i]))
                .OrderBy(node => node.Node, StringComparer.Ordinal),
        ];
    }

    private async Task<TResult?> AskAsync<TResult>(
        SiloAddress silo, Func<ISiloAgent, Task<TResult?>> ask, CancellationToken cancellationToken)
    {
        try
        {
            // Real time: what is waited for is a machine, not a rule.
            return await ask(GetGrainService(silo))
                .WaitAsync(Patience, TimeProvider.System, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception)
        {
            return default;
        }
    }
}
