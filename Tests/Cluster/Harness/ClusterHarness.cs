using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Harness;

/// <summary>One test's use of a cluster that several tests share.</summary>
public sealed class ClusterHarness(ThrottleCluster cluster, IThrottle throttle, IRules rules) : EngineHarness
{
    public override IThrottle Throttle { get; } = throttle;

    public override IRules Rules { get; } = rules;

    public override DateTimeOffset Now => cluster.Time.GetUtcNow();

    public override Task AdvanceAsync(TimeSpan duration) => cluster.AdvanceAsync(duration);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
