using Microsoft.Extensions.Logging;
using Throttle.Core.Rules;

namespace Throttle.Grains.Membership;

/// <summary>Answers other silos for this one.</summary>
internal sealed class SiloAgent(GrainId grainId, Silo silo, ILoggerFactory loggerFactory, ClusterLosses losses, IRules rules, OwnedBuckets buckets)
    : GrainService(grainId, silo, loggerFactory), ISiloAgent
{
    public Task GoodbyeAsync(SiloAddress silo)
    {
        losses.HearGoodbye(silo);
        return Task.CompletedTask;
    }

    public Task<LossReport> GetLossesAsync() => Task.FromResult(losses.Report());

    public Task<long> GetRulesVersionAsync() => Task.FromResult(rules.Current.Version);

    public Task<string[]> ListBucketsAsync(string ruleId, string? after, int limit) =>
        Task.FromResult(buckets.KeysOf(ruleId, after, Math.Clamp(limit, 1, Core.Local.IBucketList.MaxPage)));
}
