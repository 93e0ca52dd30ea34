using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Core.Time;
using Throttle.Tests.Core.Limiters.Models;

namespace Throttle.Tests.Core.Engine;

/// <summary>
/// An owner that writes ahead, and is lost at any moment: before a write, between the write and the answer, or later. What it
/// told and what its successor tells must be what one bucket that was never lost could have told.
/// </summary>
public sealed class WriteAheadTests
{
    private const long Second = Ticks.PerSecond;

    private static readonly (long Limit, long Ticks)[] Numbers = [(5, Second), (40, 3_600 * Second), (1, 10), (3, 11), (1_000, 10_000_019)];

    public static TheoryData<string> Algorithms => new(SpecsByAlgorithm.Keys);

    private static Dictionary<string, LimiterSpec[]> SpecsByAlgorithm { get; } = new(StringComparer.Ordinal)
    {
        ["token-bucket"] = [.. Numbers.Select(n => new TokenBucketSpec(n.Limit, new Rate(n.Limit, n.Ticks)))],
        ["leaky-bucket"] = [.. Numbers.Select(n => new LeakyBucketSpec(n.Limit, new Rate(3, n.Ticks)))],
        ["several bandwidths"] =
        [
            .. Numbers.Select(n => new TokenBucketSpec([Fast(n), Slow(n)])),
            .. Numbers.Select(n => new TokenBucketSpec([Slow(n), Fast(n)])),
        ],
        ["fixed-window"] = [.. Numbers.Select(n => new FixedWindowSpec(n.Limit, n.Ticks))],
        ["sliding-window"] = [.. Numbers.Select(n => new SlidingWindowSpec(n.Limit, n.Ticks))],
        ["sliding-log"] = [.. Numbers.Select(n => new SlidingLogSpec(n.Limit, n.Ticks))],
        ["spacing"] = [.. Numbers.Select((n, i) => new SpacingSpec(n.Ticks, i * 2))],
        ["queue"] = [.. Numbers.Select(n => new QueueSpec(n.Limit, new Rate(n.Limit, n.Ticks)))],
        ["concurrency"] = [.. Numbers.Select(n => new ConcurrencySpec(n.Limit, n.Ticks))],
    };

    private static Bandwidth Fast((long Limit, long Ticks) n) => new(n.Limit, new Rate(n.Limit, n.Ticks));

    private static Bandwidth Slow((long Limit, long Ticks) n) => new(n.Limit * 2, new Rate(n.Limit, 2 * n.Ticks));

    /// <summary>The bucket that is never lost, asked the same at the same time, grants everything that was told.</summary>
    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Losses_WithoutWaits_TellNothingThatOneBucketWouldNot(string algorithm)
    {
        var specs = SpecsByAlgorithm[algorithm];
        Step.Check(5_001, 1_500, Step.Sequences(specs.Length, 80), (number, steps) =>
        {
            var owner = new LosableOwner(specs[number]);
            var shadow = Bucket.Create(specs[number], LosableOwner.Start);
            var told = new List<(Grant Told, Grant Shadow)>();
            foreach (var step in steps)
            {
                owner.Pass(step);
                if (step.Kind is >= 85 and < 95 && told.Count > 0)
                {
                    var (mine, shadows) = told[step.Time % told.Count];
                    told.RemoveAt(step.Time % told.Count);
                    owner.Bucket.Return(mine, owner.Now);
                    shadow.Return(shadows, owner.Now);
                }
                else if (owner.Do(step, mayWait: false) is { } grant)
                {
                    var decision = shadow.Acquire(grant.Permits, owner.Now);
                    Assert.True(decision.IsAllowed, $"{grant.Permits} at {owner.Now} were told, but {decision.Remaining} of {decision.Limit} remain.");
                    told.Add((grant, decision.Grant));
                }
            }
        });
    }

    /// <summary>With waits the promise is looked at itself, at the instants at which callers go.</summary>
    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Losses_WithWaits_KeepThePromise(string algorithm)
    {
        var specs = SpecsByAlgorithm[algorithm];
        Step.Check(5_002, 1_500, Step.Sequences(specs.Length, 80), (number, steps) =>
        {
            var owner = new LosableOwner(specs[number]);
            var told = new List<Grant>();
            foreach (var step in steps)
            {
                owner.Pass(step);
                if (owner.Do(step, mayWait: true) is { Permits: > 0 } grant)
                {
                    told.Add(grant);
                }
            }

            owner.ServeAll();
            Promise.Check(specs[number], [.. told.Concat(owner.Waited())]);
        });
    }
}
