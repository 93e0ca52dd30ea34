using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Tests.Contracts;
using Throttle.Tests.Core.Engine;

namespace Throttle.Tests.Core.Replication;

/// <summary>The engine contract, in a process that is a region: what is counted for others changes no answer.</summary>
public sealed class ReplicatedEngineTests : EngineContract
{
    protected override Task<EngineHarness> StartAsync(params Rule[] rules) =>
        Task.FromResult<EngineHarness>(new LocalHarness(Array.ConvertAll(rules, Shared), replicator: new("eu", 1)));

    private static Rule Shared(Rule rule) => rule.Limit is TokenBucketSpec { Bandwidths.Count: 1 } ? rule with { Replicate = true } : rule;
}
