using Throttle.Api.RuleFiles;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.Api.RuleFiles;

public sealed class RuleFileWriterTests
{
    [Fact]
    public void Write_SampleRules_IsCanonical()
    {
        var text = RuleFileWriter.Write(RuleFileReader.Read(SampleRules.Text).Take(1));

        Assert.Equal(
            """
            version: 1
            rules:
              - id: per-client
                match:
                  path: /api/**
                key: [user]
                limit: { algorithm: token-bucket, capacity: 20, refill: 10/s }

            """.ReplaceLineEndings("\n"),
            text);
    }

    [Fact]
    public void Write_NoRules_ReadsBack() => Assert.Empty(RuleFileReader.Read(RuleFileWriter.Write([])));

    [Fact]
    public void Write_RandomRules_ReadBackEqualAsYamlAndAsJson()
    {
        for (var seed = 0; seed < 1_500; seed++)
        {
            var random = new Random(seed);
            var rules = Enumerable.Range(0, random.Next(4)).Select(i => MaybeShared(RandomRule(random, i), random)).ToList();
            if (RuleValidator.Validate(rules).Count > 0)
            {
                Assert.Fail($"Seed {seed} makes faulty rules: {RuleValidator.Validate(rules)[0]}");
            }

            var yaml = RuleFileWriter.Write(rules);
            Assert.True(rules.SequenceEqual(RuleFileReader.Read(yaml)), $"Seed {seed} reads back differently:\n{yaml}");
            Assert.Equal(yaml, RuleFileWriter.Write(RuleFileReader.Read(yaml)));
            foreach (var json in new[] { RuleFields.ToJson(rules).ToJsonString(), RuleFields.ToJson(rules).ToString() })
            {
                Assert.True(rules.SequenceEqual(RuleFileReader.Read(json)), $"Seed {seed} reads back differently:\n{json}");
            }

            Assert.All(rules, rule => Assert.Equal(rule, RuleFileReader.ReadRule(RuleFields.ToJson(rule).ToJsonString(), rule.Id)));
        }
    }

    private static Rule RandomRule(Random random, int i)
    {
        var rule = RandomRule(random, $"rule-{i}");
        return rule.Limit is QueueSpec && random.Next(3) > 0 ? rule with { Deliver = RandomDelivery(random) } : rule;
    }

    private static Delivery RandomDelivery(Random random) => random.Next(4) == 0 ? Delivery.Default : new()
    {
        Url = random.Next(3) == 0 ? null : $"https://host.example:8443/hooks/{random.Next(100)}?a=b#c-{random.Next(9)}",
        Attempts = random.Next(1, 101),
        TimeoutTicks = random.NextInt64(Delivery.MinTimeoutTicks, Delivery.MaxTimeoutTicks + 1),
        BackoffTicks = random.NextInt64(Delivery.MinBackoffTicks, Delivery.MaxBackoffTicks + 1),
    };

    private static Rule RandomRule(Random random, string id) => new()
    {
        Id = id,
        Match = [.. Enumerable.Range(0, random.Next(3)).Select(n => new Condition(
            Name(random) + n, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Pattern(random))]))],
        Key = [.. Enumerable.Range(0, random.Next(3)).Select(n => KeyPart(random, n))],
        Limit = RandomLimit(random),
        Cost = random.Next(3) switch { 0 => Cost.One, 1 => new Cost(random.NextInt64(1L << 53)), _ => new Cost(0, "c" + Name(random)) },
        Mode = (RuleMode)random.Next(3),
        OnError = (OnError)random.Next(2),
        OnChange = (OnChange)random.Next(4),
        Durability = (Durability)random.Next(3),
    };

    private static Rule MaybeShared(Rule rule, Random random) =>
        rule with { Replicate = rule.Limit is TokenBucketSpec { Bandwidths.Count: 1 } && random.Next(2) == 0 };

    private static LimiterSpec RandomLimit(Random random)
    {
        long Permits() => (random.NextInt64(1L << 53) >> random.Next(53)) + 1;
        long Period() => (random.NextInt64(Limits.MaxPeriodTicks) >> random.Next(48)) + Limits.MinPeriodTicks;
        Rate Some() => new(Permits(), Math.Min(Period(), Limits.MaxPeriodTicks));
        Bandwidth Width() => new(Permits(), Some());
        var interval = Some().PeriodTicks;
        return random.Next(12) switch
        {
            0 => new TokenBucketSpec([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Width())]),
            1 => new GcraSpec(Some(), Permits()),
            2 => new LeakyBucketSpec(Permits(), Some()),
            3 => new FixedWindowSpec(Permits(), interval),
            4 => new FixedWindowSpec(
                Permits(), 0, (CalendarUnit)random.Next(6), random.Next(2) == 0 ? "UTC" : "America/New_York", (DayOfWeek)random.Next(7)),
            5 => new SlidingLogSpec(random.Next(1, 1_000_001), interval),
            6 => new SlidingWindowSpec(Permits(), interval),
            7 => new SpacingSpec(interval, random.Next(10_001), random.Next(2) == 0 ? null : random.NextInt64(interval + 1)),
            8 => new TokenBucketSpec(random.Next(1, 1_000), Some()) { Debt = random.Next(1_000) },
            9 => new LeakyBucketSpec(random.NextInt64(256, AdaptiveNumbers.MaxCapacity + 1), Some(), RandomNumbers(random)),
            10 => new QueueSpec(Permits(), Some(), random.Next(2) == 0 ? null : interval),
            _ => new ConcurrencySpec(Permits(), interval),
        };
    }

    private static AdaptiveNumbers RandomNumbers(Random random) => new()
    {
        MinFactor = new(random.NextInt64(AdaptiveNumbers.LeastFactor.Billionths, Factor.One.Billionths + 1)),
        MaxFactor = new(random.NextInt64(Factor.One.Billionths, Factor.Max.Billionths + 1)),
        Map = random.Next(2) == 0
            ? AdaptiveNumbers.DefaultMap
            : [new(random.Next(256), new(random.Next(400_000_000)), new(random.Next(1_010_000_000, 2_000_000_000)), new(random.Next(500_000_000, 1_000_000_001)), Factor.One)],
        Mode = (AdaptiveMode)random.Next(2),
        EveryTicks = random.Next(2) == 0 ? null : random.NextInt64(AdaptiveNumbers.MinEveryTicks, TimeSpan.TicksPerDay),
        IsSettable = random.Next(2) == 0,
    };

    private static KeyPart KeyPart(Random random, int n)
    {
        string[] ways = ["", "", "/64", "/24", "/24,56", "|lower", "/64|trim|lower", "|trim"];
        return new(Throttle.Core.Rules.KeyPart.ForAttribute($"{Name(random)}-{n}") + ways[random.Next(ways.Length)]);
    }

    private static string Name(Random random)
    {
        string[] names = ["user", "null", "true", "a b", "~", "-", "#x", "a: b", "é", "名前", "😀", "'", "\"", "<<", "*x", "&y", "[", "{", "?", "!t", "%", "@", "`", "7", " lead", "="];
        return names[random.Next(names.Length)];
    }

    private static string Pattern(Random random)
    {
        string[] patterns =
        [
            "/api/**", "*", "**", "*.js", "null", "\\~", "true", "1", "0x1F", "10.0.0.0/8", "fd00::/8", "a: b", "a #b", "- x", "''", "\"", "\\\\", "\\*",
            "\n", "a\nb\n", " ", "  x  ", "\t", "\0", "\u0085", "\u2028", "\u00a0", "\ufeff", "\u001b[31m", "é", "😀", "<script>", "[x]", "{x}", ",", "a\\,b", "&a", "\\!x", "%x", "@x",
            "`", "|", ">", "?", ":", "=", "<<", "---", "...", "2026-01-01", "\uffff", "\r\n", "x\r",
        ];
        return random.Next(6) == 0
            ? Condition.Exactly(string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => (char)random.Next(0x20, 0x3000))))
            : patterns[random.Next(patterns.Length)];
    }
}
