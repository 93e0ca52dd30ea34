using Throttle.Api.RuleFiles;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Grains.Interfaces;

namespace Throttle.Tests.Cluster.Wire;

/// <summary>That rules arrive as they were sent.</summary>
public sealed class RuleWireTests
{
    private static readonly Rule[] EachAlgorithm =
    [
        LimitBy.TokenBucket("token", 20, "10/s", "client"),
        LimitBy.TokenBucket("tokens", 20, "10/s") with { Limit = new TokenBucketSpec([new(20, new(10, 10_000_000)), new(500, new(100, 36_000_000_000))]) },
        LimitBy.Gcra("gcra", "3/m", 7, "client"),
        LimitBy.LeakyBucket("leaky", 50, "5/s", "a", "b"),
        LimitBy.TokenBucket("debt", 20, "10/s") with { Limit = new TokenBucketSpec(20, new(10, 10_000_000)) { Debt = 30 } },
        LimitBy.LeakyBucket("adaptive", 50, "5/s") with { Limit = new LeakyBucketSpec(50, new(5, 10_000_000), new()) },
        LimitBy.LeakyBucket("per-call", 50, "5/s") with
        {
            Limit = new LeakyBucketSpec(50, new(5, 10_000_000), new()
            {
                MinFactor = Factor.Parse("0.5"),
                MaxFactor = Factor.Parse("2"),
                Map = [new(0, Factor.Parse("0.1"), Factor.Parse("1.5"), Factor.Parse("0.9"), Factor.Parse("0.6"))],
                Mode = AdaptiveMode.PerCall,
                EveryTicks = 500_000,
                IsSettable = true,
            }),
        },
        LimitBy.FixedWindow("window", 100, "1m", "client"),
        LimitBy.FixedWindow("week", 100, "1m") with { Limit = new FixedWindowSpec(9, 0, CalendarUnit.Week, "Europe/Berlin", DayOfWeek.Sunday) },
        LimitBy.FixedWindow("first-use", 100, "1m") with { Limit = new FixedWindowSpec(9, 600_000_000) { Anchor = WindowAnchor.FirstUse } },
        LimitBy.SlidingWindow("sliding", 100, "1h", "client"),
        LimitBy.SlidingLog("log", 100, "1d", "client"),
        LimitBy.Spacing("spacing", "250ms", 4, "client"),
        LimitBy.Spacing("grace", "250ms", 4) with { Limit = new SpacingSpec(2_500_000, 4, 1_000_000) },
        LimitBy.Queue("queue", 50, "5/s", "client"),
        LimitBy.Queue("mail", 50, "5/s") with
        {
            Limit = new QueueSpec(50, new(5, 10_000_000), 36_000_000_000),
            Deliver = new() { Url = "https://host/hook", Attempts = 9, TimeoutTicks = 50_000_000, BackoffTicks = 20_000_000 },
        },
        LimitBy.Concurrency("jobs", 8, "60s", "client"),
    ];

    public static TheoryData<string> SampleFiles() =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "samples")).Select(f => Path.GetFileName(f)).Where(f => f is not "envoy.yaml")];

    [Theory]
    [MemberData(nameof(SampleFiles))]
    public void Rule_OfASample_ArrivesAsItWasSent(string file)
    {
        var rules = RuleFileReader.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "samples", file)));

        Assert.NotEmpty(rules);
        Assert.All(rules, r => Assert.Equal(r, RuleWire.From(r).ToRule()));
    }

    [Fact]
    public void Rule_OfEachAlgorithm_ArrivesAsItWasSent()
    {
        Assert.Equal(
            typeof(LimiterSpec).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(LimiterSpec))).Select(t => t.Name).Order(StringComparer.Ordinal),
            EachAlgorithm.Select(r => r.Limit.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(EachAlgorithm, r => Assert.Equal(r, RuleWire.From(r).ToRule()));
    }

    [Fact]
    public void Rule_EveryFieldSet_ArrivesAsItWasSent()
    {
        foreach (var (mode, onError, onChange, durability) in
            from mode in Enum.GetValues<RuleMode>()
            from onError in Enum.GetValues<OnError>()
            from onChange in Enum.GetValues<OnChange>()
            from durability in Enum.GetValues<Durability>()
            select (mode, onError, onChange, durability))
        {
            var rule = EachAlgorithm[0] with
            {
                Match = [new("path", ["/v1/*"]), new("ip", ["10.0.0.0/8", "::1"])],
                Cost = new(3, "bytes"),
                Mode = mode,
                OnError = onError,
                OnChange = onChange,
                Durability = durability,
            };

            Assert.Equal(rule, RuleWire.From(rule).ToRule());
        }
    }

    [Fact]
    public void RuleSet_Sent_ArrivesWithItsVersionAndOrder()
    {
        var set = new RuleSet(EachAlgorithm, 41);

        var arrived = RuleSetWire.From(set).ToRuleSet();

        Assert.Equal(41, arrived.Version);
        Assert.Equal(set.Rules.AsEnumerable(), arrived.Rules.AsEnumerable());
    }

    [Fact]
    public void Rule_WordOfALaterVersion_IsNotReadAndSaysSo()
    {
        var wire = RuleWire.From(EachAlgorithm[0] with { Mode = (RuleMode)77 });

        var thrown = Assert.Throws<FormatException>(() => wire.ToRule());

        Assert.StartsWith("Rule 'token': mode: 77 is not the number of one of enforce, shadow, off", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rule_FieldOfALaterVersion_IsNotReadAndSaysSo()
    {
        var wire = RuleWire.From(EachAlgorithm[0]);

        var thrown = Assert.Throws<FormatException>(() => (wire with { Numbers = [.. wire.Numbers, 7] }).ToRule());

        Assert.Contains("does not know", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rule_OfAnEarlierVersion_HasTheDefaultsOfWhatItLacks()
    {
        // The last field of a rule is its flag for regions: a version before it would end its numbers there.
        var wire = RuleWire.From(EachAlgorithm[0]);

        Assert.Equal(EachAlgorithm[0], (wire with { Numbers = wire.Numbers[..^1] }).ToRule());
    }

    [Fact]
    public void Rule_NumbersCutShort_AreNotRead()
    {
        var wire = RuleWire.From(EachAlgorithm[1]);

        // Two empty lists, then the count of bandwidths and three numbers of each: all of them must be there.
        Assert.All(
            Enumerable.Range(0, 9),
            length => Assert.Throws<FormatException>(() => (wire with { Numbers = wire.Numbers[..length] }).ToRule()));
    }

    [Fact]
    public void Limit_AlgorithmOfALaterVersion_IsNotReadAndSaysSo()
    {
        var thrown = Assert.Throws<FormatException>(() => new LimitWire("quantum", [], []).ToSpec());

        Assert.Contains("'quantum'", thrown.Message, StringComparison.Ordinal);
    }
}
