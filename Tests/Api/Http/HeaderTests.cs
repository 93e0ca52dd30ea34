using System.Globalization;
using System.Text.Json;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Api.Http;

public sealed class HeaderTests
{
    [Fact]
    public async Task Headers_BucketRunsOut_AreExactOnBothOutcomes()
    {
        await using var node = await TestNode.StartAsync();
        const string Ask = """{"attributes":{"user":"42","path":"/api/x"}}""";
        for (var i = 1; i <= 21; i++)
        {
            using var response = await node.PostAsync("/v1/acquire", Ask);
            var reset = (i + 9) / 10;
            Assert.Equal("\"per-client\";q=20;w=2", Header(response, "RateLimit-Policy"));
            Assert.Equal(
                i <= 20
                    ? string.Create(CultureInfo.InvariantCulture, $"\"per-client\";r={20 - i};t={reset}")
                    : "\"per-client\";r=0;t=1",
                Header(response, "RateLimit"));
            Assert.Equal(i <= 20 ? null : "1", Header(response, "Retry-After"));
        }
    }

    [Fact]
    public async Task Headers_SeveralRules_NameEnforcedOnesAndNoResetAfterRetryAfter()
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - { id: day, limit: { algorithm: fixed-window, limit: 100, window: 1d } }
              - { id: burst, limit: { algorithm: token-bucket, capacity: 1, refill: 4/10s } }
              - { id: trial, mode: shadow, limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }
            """);
        using var allowed = await node.PostAsync("/v1/acquire", """{"attributes":{}}""");
        using var refused = await node.PostAsync("/v1/acquire", """{"attributes":{}}""");

        Assert.Equal("\"day\";q=100;w=86400, \"burst\";q=1;w=3", Header(allowed, "RateLimit-Policy"));
        Assert.Equal("\"day\";r=99;t=86400, \"burst\";r=0;t=3", Header(allowed, "RateLimit"));
        Assert.Equal("\"day\";q=100;w=86400, \"burst\";q=1;w=3", Header(refused, "RateLimit-Policy"));
        Assert.Equal("\"day\";r=99, \"burst\";r=0;t=3", Header(refused, "RateLimit"));
        Assert.Equal("3", Header(refused, "Retry-After"));
    }

    [Theory]
    [InlineData(16, 3, "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r15")]
    [InlineData(17, 16, "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r16")]
    [InlineData(17, 0, "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r15")]
    [InlineData(2000, 1999, "r0 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12 r13 r14 r1999")]
    public async Task Headers_ManyRulesMatch_NameTheDecisiveOneAndTheFirstOthers(int count, int decisive, string named)
    {
        var rules = Enumerable.Range(0, count).Select(i =>
            $"  - {{ id: r{i}, limit: {{ algorithm: gcra, rate: 1/s, burst: {(i == decisive ? 5 : 9)} }} }}\n");
        await using var node = await TestNode.StartAsync("version: 1\nrules:\n" + string.Concat(rules));

        using var allowed = await node.PostAsync("/v1/acquire", """{"attributes":{}}""");

        Assert.Equal(200, (int)allowed.StatusCode);
        Assert.Equal(named, Names(Header(allowed, "RateLimit")));
        Assert.Equal(named, Names(Header(allowed, "RateLimit-Policy")));
        Assert.Contains($"\"r{decisive}\";r=4;t=1", Header(allowed, "RateLimit"), StringComparison.Ordinal);
        using var body = JsonDocument.Parse(await allowed.Content.ReadAsStringAsync());
        Assert.Equal(count, body.RootElement.GetProperty("rules").GetArrayLength());

        static string Names(string? field) => string.Join(' ', field!.Split(", ").Select(m => m.Split(';')[0].Trim('"')));
    }

    [Fact]
    public async Task Headers_WaitBelowOneSecond_IsNeverZero()
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - { id: fast, limit: { algorithm: token-bucket, capacity: 1, refill: 1/1us } }
            """);
        await node.AskAsync("""{"attributes":{}}""");
        using var refused = await node.PostAsync("/v1/acquire", """{"attributes":{}}""");
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.Equal("1", Header(refused, "Retry-After"));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Policy_OfEachAlgorithm_StatesQuotaAndWindow(LimiterSpec spec, string expected) =>
        Assert.Equal(expected, RateLimitFields.Policy(new Rule { Id = "r", Limit = spec }));

    public static TheoryData<LimiterSpec, string> Policies => new()
    {
        { new TokenBucketSpec(20, PerSecond(10)), "\"r\";q=20;w=2" },
        { new TokenBucketSpec(21, PerSecond(10)), "\"r\";q=21;w=3" },
        { new TokenBucketSpec([new(100, PerSecond(1)), new(10, PerSecond(10))]), "\"r\";q=10;w=1" },
        { new TokenBucketSpec([new(10, PerSecond(10)), new(10, PerSecond(1))]), "\"r\";q=10;w=10" },
        { new TokenBucketSpec(Limits.MaxPermits, PerSecond(1)), "\"r\";q=999999999999999" },
        { new TokenBucketSpec(Limits.MaxPermits, PerSecond(Limits.MaxPermits)), "\"r\";q=999999999999999;w=1" },
        { new TokenBucketSpec(Limits.MaxPermits, new Rate(1, Limits.MaxPeriodTicks)), "\"r\";q=999999999999999" },
        { new GcraSpec(new Rate(5, 60 * Ticks.PerSecond), 15), "\"r\";q=15;w=180" },
        { new LeakyBucketSpec(30, PerSecond(4)), "\"r\";q=30;w=8" },
        { new FixedWindowSpec(7, 250 * TimeSpan.TicksPerMillisecond), "\"r\";q=7;w=1" },
        { new FixedWindowSpec(7, 0, CalendarUnit.Minute), "\"r\";q=7;w=60" },
        { new FixedWindowSpec(7, 0, CalendarUnit.Hour), "\"r\";q=7;w=3600" },
        { new FixedWindowSpec(7, 0, CalendarUnit.Day), "\"r\";q=7;w=86400" },
        { new FixedWindowSpec(7, 0, CalendarUnit.Week), "\"r\";q=7;w=604800" },
        { new FixedWindowSpec(7, 0, CalendarUnit.Month), "\"r\";q=7" },
        { new FixedWindowSpec(7, 0, CalendarUnit.Year), "\"r\";q=7" },
        { new SlidingLogSpec(8, 90 * Ticks.PerSecond), "\"r\";q=8;w=90" },
        { new SlidingWindowSpec(9, Ticks.PerDay), "\"r\";q=9;w=86400" },
        { new SpacingSpec(Ticks.PerSecond / 2, 10), "\"r\";q=1;w=1" },
        { new QueueSpec(100, new Rate(1, 5 * Ticks.PerSecond)), "\"r\";q=1;w=5" },
        { new ConcurrencySpec(5, Ticks.PerSecond), "\"r\";q=5;qu=\"concurrent-requests\"" },
    };

    private static Rate PerSecond(long permits) => new(permits, Ticks.PerSecond);

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : null;
}
