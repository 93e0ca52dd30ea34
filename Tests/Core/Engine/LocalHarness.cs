using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Replication;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Core.Engine;

/// <summary>The in-process engine on a virtual clock.</summary>
public sealed class LocalHarness : EngineHarness
{
    private readonly VirtualTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly LocalThrottle _throttle;

    /// <summary>An engine with these rules.</summary>
    public LocalHarness(IEnumerable<Rule> rules, long maxBuckets = 1_000_000, Replicator? replicator = null)
    {
        Rules = new LocalRules(rules);
        _throttle = new(Rules, new LocalThrottleOptions { TimeProvider = _time, MaxBuckets = maxBuckets, Replicator = replicator });
    }

    public override IThrottle Throttle => _throttle;

    public LocalThrottle Local => _throttle;

    public override IRules Rules { get; }

    public override DateTimeOffset Now => _time.GetUtcNow();

    public int TimerCount => _time.TimerCount;

    public override Task AdvanceAsync(TimeSpan duration)
    {
        _time.Advance(duration);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync() => _throttle.DisposeAsync();
}
