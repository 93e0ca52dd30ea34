using Microsoft.Extensions.DependencyInjection;
using Throttle.Client;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Grains;

namespace Throttle.Tests.Cluster.Harness;

/// <summary>How a test's cluster is made.</summary>
public sealed record ClusterSetup
{
    /// <summary>How many silos it starts with.</summary>
    public short Silos { get; init; } = 2;

    /// <summary>
    /// When its time begins. A grain that must not be collected is kept until an instant of this clock, and whether that has
    /// come is looked up on the real one: so nothing is collected before the year 2100, which tests that are about something
    /// else may rely on.
    /// </summary>
    public DateTimeOffset Start { get; init; } = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What the silos' rule file says.</summary>
    public IReadOnlyList<Rule> Rules { get; init; } = [];

    /// <summary>Its storage; a test that starts a cluster again gives the second one the first one's.</summary>
    public TestStorage Storage { get; init; } = new();

    /// <summary>How far each silo's clock, by the silo's name, is ahead of the others.</summary>
    public Func<string, TimeSpan> ClockOffset { get; init; } = _ => TimeSpan.Zero;

    /// <summary>Does the work that is handed over to queues, in every silo; none by default.</summary>
    public IWorkProcessor? Processor { get; init; }

    /// <summary>Holds silos up that end; nobody by default.</summary>
    public StopGate Stop { get; init; } = new();

    /// <summary>How the silos keep buckets.</summary>
    public Action<BucketGrainOptions> Buckets { get; init; } = _ => { };

    /// <summary>How long a call to a bucket may take; by default so long that a slow machine fails no test.</summary>
    public TimeSpan Timeout { get; init; } = ThrottleClientOptions.MaxTimeout;

    /// <summary>What the silos have besides.</summary>
    public Action<IServiceCollection> Services { get; init; } = _ => { };
}
