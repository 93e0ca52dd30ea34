using System.Diagnostics.Metrics;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Core.Usage;

namespace Throttle.Tests.Core.Usage;

public sealed class UsageTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static Rule Hard => LimitBy.TokenBucket("hard", 3, "1/h", "user");

    private static Rule Trial => LimitBy.TokenBucket("trial", 1, "1/h", "user") with { Mode = RuleMode.Shadow };

    [Fact]
    public async Task Usage_AfterDecisions_CountsEachOncePerRule()
    {
        await using var throttle = Make(new LocalRules([Hard, Trial]), "eu");
        for (var i = 0; i < 5; i++)
        {
            await throttle.AcquireAsync(new([("user", "a")]));
        }

        await throttle.AcquireAsync(new([("user", "b")], Cost: 2));
        await throttle.PeekAsync(new([("user", "b")]));
        throttle.For("hard").Acquire("c");

        var usage = await throttle.Usage.GetAsync();

        Assert.Equal(Start, usage.Since);
        Assert.Equal([new UsageNode("eu", HasEnded: false)], usage.Nodes);
        Assert.Equal(
            [
                new("hard", "eu", new(Allowed: 5, Refused: 2, ShadowRefused: 0, Errors: 0, Permits: 6)),
                new("trial", "eu", new(Allowed: 1, Refused: 0, ShadowRefused: 5, Errors: 0, Permits: 1)),
            ],
            usage.Rows);
    }

    [Fact]
    public async Task Usage_NoRoomForABucket_CountsAnError()
    {
        await using var throttle = new LocalThrottle(
            new LocalRules([Hard]), new LocalThrottleOptions { TimeProvider = new VirtualTimeProvider(Start), MaxBuckets = 1 });
        await throttle.AcquireAsync(new([("user", "a")]));
        await throttle.AcquireAsync(new([("user", "b")]));

        var usage = await throttle.Usage.GetAsync();

        Assert.Equal(new UsageCounts(Allowed: 1, Refused: 0, ShadowRefused: 0, Errors: 1, Permits: 1), Assert.Single(usage.Rows).Counts);
    }

    [Fact]
    public async Task Usage_BesideTheMetrics_IsTheSameFigures()
    {
        await using var throttle = Make(new LocalRules([Hard, Trial]), "eu");
        for (var i = 0; i < 5; i++)
        {
            await throttle.AcquireAsync(new([("user", "a")]));
        }

        var seen = new List<(string Name, long Value, string Tags)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, throttle) && instrument.IsObservable && instrument.Name is "throttle.decisions" or "throttle.permits")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            seen.Add((instrument.Name, value, string.Join(' ', tags.ToArray().Select(t => $"{t.Value}")))));
        listener.Start();
        listener.RecordObservableInstruments();

        Assert.Equal(
            [
                ("throttle.decisions", 3, "hard allowed"), ("throttle.decisions", 2, "hard refused"),
                ("throttle.decisions", 1, "trial allowed"), ("throttle.decisions", 4, "trial shadow_refused"),
                ("throttle.permits", 3, "hard"), ("throttle.permits", 1, "trial"),
            ],
            seen.Where(s => s.Tags.Length > 0).OrderBy(s => s.Name, StringComparer.Ordinal).ThenBy(s => s.Tags, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Usage_FromManyThreads_LosesNoDecision()
    {
        await using var throttle = Make(new LocalRules([LimitBy.TokenBucket("r", 500, "1/h", "user")]), "local");
        var threads = Enumerable.Range(0, 8).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                throttle.For("r").Acquire($"{(t + i) % 7}");
            }
        }));
        await Task.WhenAll(threads);

        var counts = Assert.Single((await throttle.Usage.GetAsync()).Rows).Counts;

        Assert.Equal(new UsageCounts(Allowed: 3_500, Refused: 76_500, ShadowRefused: 0, Errors: 0, Permits: 3_500), counts);
    }

    [Fact]
    public async Task Usage_RuleThatGoesAndComesBack_KeepsItsCounts()
    {
        var rules = new LocalRules([Hard, Trial]);
        await using var throttle = Make(rules, "local");
        await throttle.AcquireAsync(new([("user", "a")]));

        await rules.ReplaceAsync([Trial]);
        await throttle.AcquireAsync(new([("user", "a")]));
        Assert.Equal(1, RowOf(await throttle.Usage.GetAsync(), "hard").Allowed);
        await rules.ReplaceAsync([Trial, Hard]);
        await throttle.AcquireAsync(new([("user", "a")]));

        Assert.Equal(2, RowOf(await throttle.Usage.GetAsync(), "hard").Allowed);
        Assert.Equal(2, RowOf(await throttle.Usage.GetAsync(), "trial").ShadowRefused);
    }

    [Fact]
    public void Usage_ManyRulesThatAreGone_KeepsTheLastAndTheTotal()
    {
        var meter = new UsageMeter();
        const int Gone = UsageReport.MaxRemovedRules + 5;
        for (var i = 0; i <= Gone; i++)
        {
            meter.Count(new RuleSet([LimitBy.TokenBucket($"r{i}", 1, "1/h")], version: i + 1), 0, UsageOutcome.Allowed, permits: i);
        }

        var rows = meter.Read().ToDictionary(row => row.Rule, row => row.Counts, StringComparer.Ordinal);

        Assert.Equal(UsageReport.MaxRemovedRules + 2, rows.Count);
        Assert.Equal(new UsageCounts(Allowed: 5, Refused: 0, ShadowRefused: 0, Errors: 0, Permits: 0 + 1 + 2 + 3 + 4), rows[UsageReport.RemovedRules]);
        Assert.True(rows.ContainsKey("r5") && !rows.ContainsKey("r4"));
        Assert.Equal(Gone + 1, rows.Values.Aggregate((a, b) => a + b).Allowed);
    }

    [Fact]
    public void Usage_OlderRulesAskedOn_CountUnderTheSameRule()
    {
        var meter = new UsageMeter();
        var older = new RuleSet([Hard, Trial], version: 1);
        var newer = new RuleSet([Trial, Hard], version: 2);
        meter.Count(older, 0, UsageOutcome.Allowed, 1);
        meter.Count(newer, 1, UsageOutcome.Allowed, 1);
        meter.Count(older, 0, UsageOutcome.Allowed, 1);
        meter.Count(newer, 1, UsageOutcome.Allowed, 1);

        Assert.Equal(("hard", new UsageCounts(4, 0, 0, 0, 4)), Assert.Single(meter.Read()));
    }

    [Fact]
    public void Usage_PastTheLargestNumber_StaysThere()
    {
        var cell = new UsageCell("r");
        for (var i = 0; i < 3_000; i++)
        {
            cell.Count(UsageOutcome.Allowed, Limits.MaxPermits);
        }

        Assert.Equal(3_000, cell.Read().Allowed);
        Assert.Equal(long.MaxValue, cell.Read().Permits);
    }

    private static LocalThrottle Make(IRules rules, string name) =>
        new(rules, new LocalThrottleOptions { TimeProvider = new VirtualTimeProvider(Start), NodeName = name });

    private static UsageCounts RowOf(UsageReport usage, string rule) =>
        Assert.Single(usage.Rows, row => string.Equals(row.Rule, rule, StringComparison.Ordinal)).Counts;
}
