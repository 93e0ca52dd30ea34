using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Core.Rules.Patterns;

namespace Throttle.Tests.Core.Rules;

public sealed class RuleSetTests
{
    [Fact]
    public void Match_RandomRulesAndRequests_AgreesWithNaiveMatcher()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var rules = Enumerable.Range(0, random.Next(1, 40)).Select(i => RandomRule(random, i)).ToList();
            var set = new RuleSet(rules);
            for (var request = 0; request < 40; request++)
            {
                var attributes = RandomAttributes(random);
                var expected = Enumerable.Range(0, rules.Count).Where(i => NaiveMatch(rules[i], attributes)).ToArray();

                var found = SomeRules.Match(set, attributes);

                Assert.True(
                    expected.SequenceEqual(found),
                    $"Seed {seed}, request {string.Join(' ', attributes)}: expected [{string.Join(',', expected)}], found [{string.Join(',', found)}].");
                Assert.Equal(expected, set.Explain(attributes).Select((e, i) => e.Matches ? i : -1).Where(i => i >= 0));
            }
        }
    }

    [Theory]
    [InlineData("exact")]
    [InlineData("prefix")]
    [InlineData("glob")]
    [InlineData("end")]
    [InlineData("suffix")]
    [InlineData("middle")]
    [InlineData("cidr")]
    [InlineData("key")]
    public void Match_TenThousandRulesThatDiffer_ExaminesOnlyTheOne(string kind)
    {
        var set = new RuleSet(Enumerable.Range(0, 10_000).Select(i => Different(kind, i)));

        var found = SomeRules.Match(
            set,
            [("method", "GET"), ("tenant", "t77"), ("path", "/t77/x/y"), ("ip", "10.0.77.5"), ("user77", "1"), ("file", "/q/x/e-77"), ("name", "a-77.js"), ("agent", "Mozilla (bot-00077; bot-00077)")],
            out var examined);

        Assert.Equal([77], found);
        Assert.Equal(1, examined);
    }

    [Theory]
    [InlineData("*", 3)]
    [InlineData("**", 3)]
    [InlineData("*a*", 2)]
    [InlineData("a*", 2)]
    [InlineData("/*/*", 2)]
    public void CommonRules_CountThoseThatEveryRequestIsComparedWith(string pattern, int count) =>
        Assert.Equal(count, new RuleSet(
        [
            SomeRules.Rule("none"),
            SomeRules.Rule("key") with { Key = ["user"] },
            SomeRules.Rule("off") with { Mode = RuleMode.Off },
            SomeRules.Rule("a", new Condition("x", pattern)),
        ]).CommonRules);

    [Fact]
    public void Match_RuleFoundBySeveralPatterns_IsReportedOnce()
    {
        var set = new RuleSet([
            SomeRules.Rule("b", new Condition("path", ["/a*", "/ab*", "/a/**", "/a**", "/ab"])),
            SomeRules.Rule("a"),
            SomeRules.Rule("c", new Condition("ip", ["10.0.0.0/8", "10.0.0.0/16", "1*", "*"])),
        ]);

        Assert.Equal([0, 1, 2], SomeRules.Match(set, [("path", "/ab"), ("ip", "10.0.0.1")]));
    }

    [Fact]
    public void Match_BufferWithEntries_KeepsThem()
    {
        var set = new RuleSet([SomeRules.Rule("a"), SomeRules.Rule("b", new Condition("x", "1"))]);
        var buffer = new MatchBuffer(stackalloc int[2]);
        buffer.Add(9);
        buffer.Add(5);

        set.Match([("x", "1")], ref buffer);

        Assert.Equal([9, 5, 0, 1], buffer.Items.ToArray());
        buffer.Dispose();
    }

    [Fact]
    public void Match_SameNameTwice_FirstCounts()
    {
        var set = new RuleSet([SomeRules.Rule("one", new Condition("x", "1")), SomeRules.Rule("two", new Condition("x", "2"))]);

        Assert.Equal([1], SomeRules.Match(set, [("x", "2"), ("x", "1")]));
    }

    [Theory]
    [InlineData("2001:DB8:0::1", "2001:db8::1", true)]
    [InlineData("2001:db8::1", "2001:DB8:0:0::1", true)]
    [InlineData("10.0.0.1", "::ffff:10.0.0.1", true)]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1", true)]
    [InlineData("10.0.*", "::ffff:10.0.0.1", true)]
    [InlineData("10.0.0.0/8", "::ffff:10.0.0.1", true)]
    [InlineData("2001:db8::/64", "2001:DB8:0:0:1::", true)]
    [InlineData("2001:db8::1", "2001:db8::2", false)]
    public void Match_AddressInAnySpelling_IsTheSame(string pattern, string value, bool isMatch)
    {
        foreach (var name in new[] { "ip", "remote_address" })
        {
            var set = new RuleSet([SomeRules.Rule("a", new Condition(name, pattern))]);
            Assert.Equal(isMatch ? 1 : 0, SomeRules.Match(set, [(name, value)]).Length);
            Assert.Equal(isMatch ? 0 : -1, set.MatchOnly([(name, value)]));
        }
    }

    [Fact]
    public void Match_ModeOff_IsNeverMatchedAndShadowIs()
    {
        var set = new RuleSet([
            SomeRules.Rule("off") with { Mode = RuleMode.Off },
            SomeRules.Rule("shadow") with { Mode = RuleMode.Shadow },
        ]);

        Assert.Equal([1], SomeRules.Match(set, [], out var examined));
        Assert.Equal(1, examined);
    }

    [Fact]
    public void Match_NeededAttributeIsMissing_DoesNotMatch()
    {
        var set = new RuleSet([
            SomeRules.Rule("key") with { Key = ["user"] },
            SomeRules.Rule("cost") with { Cost = new Cost(0, "bytes") },
        ]);

        Assert.Empty(SomeRules.Match(set, [("other", "1")]));
        Assert.Equal([0], SomeRules.Match(set, [("user", "")]));
        Assert.Equal([1], SomeRules.Match(set, [("bytes", "x")]));
    }

    [Fact]
    public void Match_UsualRequest_AllocatesNothing()
    {
        var set = new RuleSet([
            SomeRules.Rule("a", new Condition("path", "/api/**"), new Condition("ip", ["10.0.0.0/8", "fd00::/8"])) with { Key = ["user"] },
            SomeRules.Rule("b", new Condition("path", "/a*/x*")),
        ]);
        Attributes attributes = [("user", "42"), ("path", "/api/x"), ("ip", "fd00::1")];
        Assert.Equal(2, Count(set, attributes, stackalloc int[8]));

        Assert.Equal(0, Allocations.LeastOf(() => Count(set, attributes, stackalloc int[8])));
    }

    [Fact]
    public void Explain_EachObstacle_IsNamed()
    {
        var set = new RuleSet([
            SomeRules.Rule("path", new Condition("path", ["/api/**", "/v2/**"])),
            SomeRules.Rule("missing", new Condition("agent", "x")),
            SomeRules.Rule("off") with { Mode = RuleMode.Off },
            SomeRules.Rule("key") with { Key = ["tenant"] },
            SomeRules.Rule("cost") with { Cost = new Cost(0, "bytes") },
            SomeRules.Rule("match", new Condition("path", "/x")) with { Key = ["user", "path"] },
            SomeRules.Rule("all"),
        ]);

        var explained = set.Explain([("user", "a|b"), ("path", "/x")]);

        Assert.Equal(
            [
                "path '/x' does not match /api/** or /v2/**",
                "attribute 'agent' is missing",
                "mode is off",
                "attribute 'tenant' is missing, which makes the key",
                "attribute 'bytes' is missing, which makes the cost",
                "path matches /x, attribute 'user' is there, attribute 'path' is there",
                "matches every request",
            ],
            explained.Select(e => e.Reason));
        Assert.Equal([null, null, null, null, null, "a\\|b|/x", ""], explained.Select(e => e.Key));
    }

    [Fact]
    public void IndexOf_AnyId_FindsIt()
    {
        var set = new RuleSet([SomeRules.Rule("a"), SomeRules.Rule("b")], 3);

        Assert.Equal(1, set.IndexOf("b"));
        Assert.Equal(-1, set.IndexOf("c"));
        Assert.Equal(3, set.Version);
        Assert.Equal(-1, RuleSet.Empty.IndexOf("a"));
    }

    private static int Count(RuleSet set, in Attributes attributes, Span<int> room)
    {
        var buffer = new MatchBuffer(room);
        set.Match(attributes, ref buffer);
        return buffer.Count;
    }

    private static Rule Different(string kind, int i)
    {
        var shared = new Condition("method", "GET");
        return kind switch
        {
            "exact" => SomeRules.Rule($"r{i}", shared, new Condition("tenant", $"t{i}")),
            "prefix" => SomeRules.Rule($"r{i}", shared, new Condition("path", $"/t{i}/**")),
            "glob" => SomeRules.Rule($"r{i}", shared, new Condition("path", $"/t{i}/*/y")),
            "end" => SomeRules.Rule($"r{i}", shared, new Condition("file", $"/*/x/e-{i}")),
            "middle" => SomeRules.Rule($"r{i}", shared, new Condition("agent", $"*bot-{i:D5}*")),
            "suffix" => SomeRules.Rule($"r{i}", shared, new Condition("name", $"*-{i}.js")),
            "cidr" => SomeRules.Rule($"r{i}", shared, new Condition("ip", $"10.{i / 256}.{i % 256}.0/24")),
            _ => SomeRules.Rule($"r{i}", shared) with { Key = [$"user{i}"] },
        };
    }

    private static Rule RandomRule(Random random, int i) => new()
    {
        Id = $"r{i}",
        Match = [.. new[] { "a", "b", "ip" }.Where(_ => random.Next(2) == 0).Select(name =>
            new Condition(name, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => RandomPattern(random, name))]))],
        Key = random.Next(3) == 0 ? ["a"] : random.Next(3) == 0 ? ["b", "c"] : [],
        Cost = random.Next(5) == 0 ? new Cost(0, "c") : Cost.One,
        Mode = (RuleMode)random.Next(3),
        Limit = SomeRules.Rule("x").Limit,
    };

    private static string RandomPattern(Random random, string name)
    {
        if (string.Equals(name, "ip", StringComparison.Ordinal))
        {
            return random.Next(3) switch { 0 => $"10.{random.Next(2)}.0.0/16", 1 => "fd00::/8", _ => "10.*" };
        }

        const string alphabet = "xy/**";
        return string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => alphabet[random.Next(alphabet.Length)]));
    }

    private static Attributes RandomAttributes(Random random)
    {
        var items = new List<(string, string)>();
        foreach (var name in new[] { "a", "b", "c", "a" }.Where(_ => random.Next(4) != 0))
        {
            items.Add((name, string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => "xy/"[random.Next(3)]))));
        }

        if (random.Next(3) != 0)
        {
            items.Add(("ip", random.Next(3) switch { 0 => "fd00::1", 1 => "10.?", _ => $"10.{random.Next(3)}.0.1" }));
        }

        return [.. items];
    }

    private static bool NaiveMatch(Rule rule, Attributes attributes)
    {
        bool Has(string name) => attributes.Any(item => item.Name == name);
        string Value(string name) => attributes.First(item => item.Name == name).Value;
        return rule.Mode != RuleMode.Off
            && rule.Key.All(part => Has(part.Attribute))
            && (rule.Cost.Attribute is null || Has(rule.Cost.Attribute))
            && rule.Match.All(condition => Has(condition.Attribute)
                && condition.Patterns.Any(pattern => NaivePattern(pattern, Value(condition.Attribute))));
    }

    private static bool NaivePattern(string pattern, string value) =>
        AddressBlock.LooksLikeBlock(pattern)
            ? System.Net.IPAddress.TryParse(value, out var address) && System.Net.IPNetwork.Parse(pattern).Contains(address)
            : NaiveGlob.IsMatch(pattern, value);
}
