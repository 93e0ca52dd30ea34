using System.Globalization;
using System.Text.Json;

namespace Throttle.Tests.Api.Http;

public sealed class AcquireTests
{
    private const string Ask = """{"attributes":{"user":"42","path":"/api/x"}}""";

    [Fact]
    public async Task Acquire_ThirtyCallsAtOneInstant_AllowsTwentyThenRefuses()
    {
        await using var node = await TestNode.StartAsync();
        for (var i = 1; i <= 30; i++)
        {
            var (status, body) = await node.AskAsync(Ask);
            Assert.Equal(i <= 20 ? 200 : 429, status);
            Assert.Equal(i <= 20 ? Allowed(20 - i) : Refused, body);
        }

        await node.AdvanceAsync("99.9999ms");
        Assert.Equal(429, (await node.AskAsync(Ask)).Status);
        await node.AdvanceAsync("0.1us");
        var (allowed, answer) = await node.AskAsync(Ask);
        Assert.Equal(200, allowed);
        Assert.Contains("\"remaining\":0,", answer, StringComparison.Ordinal);
        Assert.Equal(429, (await node.AskAsync(Ask)).Status);
    }

    [Fact]
    public async Task Acquire_ManyCallersAtOnce_AllowsExactlyTheCapacity()
    {
        await using var node = await TestNode.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => node.AskAsync(Ask)));
        Assert.Equal(20, answers.Count(a => a.Status == 200));
        Assert.Equal(180, answers.Count(a => a.Status == 429));
        Assert.Equal(
            Enumerable.Range(0, 20).Select(Allowed).Order(StringComparer.Ordinal),
            answers.Where(a => a.Status == 200).Select(a => a.Body).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Acquire_CostZero_AsksWithoutTaking()
    {
        await using var node = await TestNode.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            var (status, body) = await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"},"cost":0}""");
            Assert.Equal(200, status);
            Assert.Contains("\"remaining\":20,", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Acquire_CostAboveLimit_NeverFits()
    {
        await using var node = await TestNode.StartAsync();
        using var response = await node.PostAsync("/v1/acquire", """{"attributes":{"user":"42","path":"/api/x"},"cost":21}""");
        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(429, (int)response.StatusCode);
        Assert.Contains("\"allowed\":false,\"rule\":\"per-client\",\"key\":\"42\",\"limit\":20,\"remaining\":20,\"retryAfter\":0,\"resetAfter\":0,\"delay\":0,\"neverFits\":true,", body, StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Retry-After"), "A request that never fits is not told to come again.");
    }

    [Theory]
    [InlineData("\"250ms\"")]
    [InlineData("0.25")]
    [InlineData("\"0.25s\"")]
    [InlineData("2.5e-1")]
    public async Task Acquire_WithWait_GetsDelayUpToIt(string wait)
    {
        await using var node = await TestNode.StartAsync();
        await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"},"cost":20}""");
        var ask = $$"""{"attributes":{"user":"42","path":"/api/x"},"wait":{{wait}}}""";

        var first = await node.AskAsync(ask);
        var second = await node.AskAsync(ask);
        var third = await node.AskAsync(ask);

        Assert.Equal((200, 200, 429), (first.Status, second.Status, third.Status));
        Assert.Contains("\"retryAfter\":0,\"resetAfter\":2.1,\"delay\":0.1,\"neverFits\":false,\"at\":1767225600.1,", first.Body, StringComparison.Ordinal);
        Assert.Contains("\"delay\":0.2,", second.Body, StringComparison.Ordinal);
        Assert.Contains("\"retryAfter\":0.3,\"resetAfter\":2.2,\"delay\":0,\"neverFits\":false,\"at\":1767225600,", third.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3600")]
    [InlineData("\"1h\"")]
    [InlineData("\"60m\"")]
    public async Task Acquire_LongestWait_IsAccepted(string wait)
    {
        await using var node = await TestNode.StartAsync();
        var ask = $$"""{"attributes":{"user":"42","path":"/api/x"},"cost":20,"wait":{{wait}}}""";
        await node.AskAsync(ask);

        var (status, body) = await node.AskAsync(ask);

        Assert.Equal(200, status);
        Assert.Contains("\"delay\":2,", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_WaitTooLong_TakesNothing()
    {
        await using var node = await TestNode.StartAsync();

        var (status, _) = await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"},"cost":20,"wait":"3601s"}""");
        var (_, body) = await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"},"cost":0}""");

        Assert.Equal(400, status);
        Assert.Contains("\"remaining\":20,", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_NoRuleMatches_IsAllowedAndSaysSo()
    {
        await using var node = await TestNode.StartAsync();
        using var response = await node.PostAsync("/v1/acquire", """{"attributes":{"user":"42","path":"/other"}}""");
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(
            """{"allowed":true,"matched":false,"reason":"no rule matches","rule":null,"key":null,"limit":null,"remaining":null,"retryAfter":0,"resetAfter":0,"delay":0,"neverFits":false,"at":1767225600,"rules":[]}""",
            await response.Content.ReadAsStringAsync());
        Assert.False(response.Headers.Contains("RateLimit"), "No rule, no limit.");
        Assert.False(response.Headers.Contains("RateLimit-Policy"), "No rule, no policy.");
    }

    [Fact]
    public async Task Acquire_CurlWithoutContentType_IsUnderstood()
    {
        await using var node = await TestNode.StartAsync();
        using var response = await node.PostAsync("/v1/acquire", Ask, "application/x-www-form-urlencoded");
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task Acquire_NumbersAndBooleansAsAttributes_AreTakenAsTheirText()
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - { id: several, key: [user, vip, weight], limit: { algorithm: token-bucket, capacity: 20, refill: 10/s } }
            """);
        var (_, body) = await node.AskAsync("""{"attributes":{"user":42,"vip":true,"weight":1.50}}""");
        Assert.Contains("\"key\":\"42|true|1.50\"", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1e0")]
    [InlineData("10e-1")]
    public async Task Acquire_CostWrittenAnotherWay_IsTheSameNumber(string cost)
    {
        await using var node = await TestNode.StartAsync();
        var (status, body) = await node.AskAsync($$"""{"attributes":{"user":"42","path":"/api/x"},"cost":{{cost}}}""");
        Assert.Equal(200, status);
        Assert.Contains("\"remaining\":19,", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_SeveralRules_AnswersDecisiveOneAndAll()
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - { id: wide, limit: { algorithm: token-bucket, capacity: 100, refill: 10/s } }
              - { id: narrow, key: user, limit: { algorithm: fixed-window, limit: 2, window: 1m } }
              - { id: trial, key: user, mode: shadow, limit: { algorithm: fixed-window, limit: 1, window: 10s } }
            """);
        await node.AskAsync("""{"attributes":{"user":"a"}}""");
        var (status, body) = await node.AskAsync("""{"attributes":{"user":"a"}}""");
        var (refused, refusal) = await node.AskAsync("""{"attributes":{"user":"a"}}""");

        Assert.Equal((200, 429), (status, refused));
        Assert.Equal(
            """{"allowed":true,"rule":"narrow","key":"a","limit":2,"remaining":0,"retryAfter":0,"resetAfter":60,"delay":0,"neverFits":false,"at":1767225600,"rules":["""
            + """{"rule":"wide","key":"","mode":"enforce","allowed":true,"limit":100,"remaining":98,"retryAfter":0,"resetAfter":0.2,"delay":0,"neverFits":false},"""
            + """{"rule":"narrow","key":"a","mode":"enforce","allowed":true,"limit":2,"remaining":0,"retryAfter":0,"resetAfter":60,"delay":0,"neverFits":false},"""
            + """{"rule":"trial","key":"a","mode":"shadow","allowed":false,"limit":1,"remaining":0,"retryAfter":10,"resetAfter":10,"delay":0,"neverFits":false}]}""",
            body);
        using var document = JsonDocument.Parse(refusal);
        var wide = document.RootElement.GetProperty("rules")[0];
        Assert.Equal(98, wide.GetProperty("remaining").GetInt64());
    }

    [Fact]
    public async Task Acquire_BucketsFull_AnswersByOnError()
    {
        await using var node = await TestNode.StartAsync(
            """
            version: 1
            rules:
              - { id: strict, match: { kind: strict }, key: user, on-error: deny, limit: { algorithm: fixed-window, limit: 2, window: 1m } }
              - { id: mild, match: { kind: mild }, key: user, limit: { algorithm: fixed-window, limit: 2, window: 1m } }
            """,
            options => options with { MaxBuckets = 1 });
        Assert.Equal(200, (await node.AskAsync("""{"attributes":{"user":"a","kind":"strict"}}""")).Status);

        var denied = await node.AskAsync("""{"attributes":{"user":"b","kind":"strict"}}""");
        var allowed = await node.AskAsync("""{"attributes":{"user":"b","kind":"mild"}}""");

        Assert.Equal((503, 200), (denied.Status, allowed.Status));
        foreach (var body in new[] { denied.Body, allowed.Body })
        {
            using var document = JsonDocument.Parse(body);
            Assert.NotEqual("", document.RootElement.GetProperty("error").GetString());
            Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("limit").ValueKind);
            Assert.NotEqual("", document.RootElement.GetProperty("rules")[0].GetProperty("error").GetString());
        }
    }

    private static string Allowed(int remaining)
    {
        var reset = ((20 - remaining) / 10m).ToString("0.#", CultureInfo.InvariantCulture);
        return $$"""{"allowed":true,"rule":"per-client","key":"42","limit":20,"remaining":{{remaining}},"retryAfter":0,"resetAfter":{{reset}},"delay":0,"neverFits":false,"at":1767225600,"rules":[{"rule":"per-client","key":"42","mode":"enforce","allowed":true,"limit":20,"remaining":{{remaining}},"retryAfter":0,"resetAfter":{{reset}},"delay":0,"neverFits":false}]}""";
    }

    private static string Refused =>
        """{"allowed":false,"rule":"per-client","key":"42","limit":20,"remaining":0,"retryAfter":0.1,"resetAfter":2,"delay":0,"neverFits":false,"at":1767225600,"rules":[{"rule":"per-client","key":"42","mode":"enforce","allowed":false,"limit":20,"remaining":0,"retryAfter":0.1,"resetAfter":2,"delay":0,"neverFits":false}]}""";

    [Fact]
    public async Task Acquire_ByRuleAndKey_TakesFromThatBucketWhateverTheConditions()
    {
        await using var node = await TestNode.StartAsync();
        var (_, body) = await node.AskAsync("""{"rule":"per-client","key":"42","cost":5}""");
        Assert.Contains("\"rule\":\"per-client\",\"key\":\"42\",\"limit\":20,\"remaining\":15,", body, StringComparison.Ordinal);

        // The same bucket as by attributes, with the rule named and its conditions not met.
        (_, body) = await node.AskAsync("""{"rule":"per-client","attributes":{"user":"42"}}""");
        Assert.Contains("\"remaining\":14,", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_Peek_AnswersWithoutTaking()
    {
        await using var node = await TestNode.StartAsync();
        var (status, body) = await node.AskAsync("""{"rule":"per-client","key":"42","cost":5,"peek":true}""");
        Assert.Equal(200, status);
        Assert.Contains("\"allowed\":true,", body, StringComparison.Ordinal);
        (status, body) = await node.AskAsync("""{"attributes":{"path":"/api/x","user":"42"},"cost":21,"peek":true}""");
        Assert.Equal(429, status);
        Assert.Contains("\"neverFits\":true,", body, StringComparison.Ordinal);
        Assert.Contains("\"remaining\":20,", await node.Client.GetStringAsync("/v1/buckets/per-client/42"), StringComparison.Ordinal);

        (_, body) = await node.AskAsync("""[{"rule":"per-client","key":"42","cost":1,"peek":true},{"rule":"per-client","key":"42","cost":19},{"rule":"none","key":"1","peek":true}]""");
        using var answers = JsonDocument.Parse(body);
        Assert.Equal(0, answers.RootElement[0].GetProperty("remaining").GetInt64());
        Assert.Equal("no-such-rule", answers.RootElement[2].GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("\"remaining\":1,", await node.Client.GetStringAsync("/v1/buckets/per-client/42"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"key":"42"}""", "rule")]
    [InlineData("""{"rule":"per-client"}""", "attributes")]
    [InlineData("""{"rule":"none","key":"42"}""", "rule")]
    [InlineData("""{"rule":7,"key":"42"}""", "rule")]
    [InlineData("""{"rule":"per-client","key":42}""", "key")]
    [InlineData("""{"rule":"per-client","key":"42","peek":1}""", "peek")]
    [InlineData("""{"rule":"per-client","key":"42","key":"43"}""", "key")]
    public async Task Acquire_ByRuleAndKey_FaultIsNamed(string asked, string field)
    {
        await using var node = await TestNode.StartAsync();
        using var response = await node.PostAsync("/v1/acquire", asked);
        Assert.Equal(field, (await TestNode.ProblemAsync(response, 400)).GetProperty("field").GetString());
    }

    /// <summary>Every path of the description, with a name that nothing knows in its query.</summary>
    [Fact]
    public async Task Query_UnknownName_IsAFaultEverywhere()
    {
        await using var node = await TestNode.StartAsync();
        using var description = JsonDocument.Parse(await node.Client.GetStringAsync("/openapi/v1.json"));
        var asked = 0;
        foreach (var path in description.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject())
            {
                var target = path.Name.Replace("{rule}", "per-client", StringComparison.Ordinal).Replace("{key}", "1", StringComparison.Ordinal).Replace("{id}", "per-client", StringComparison.Ordinal);
                using var response = await node.SendAsync(new(method.Name.ToUpperInvariant()), target + "?nosuch=1", "{}");
                var problem = await TestNode.ProblemAsync(response, 400);
                Assert.True(
                    problem.TryGetProperty("field", out var field) && string.Equals(field.GetString(), "nosuch", StringComparison.Ordinal),
                    $"{method.Name} {path.Name}: {problem}");
                asked++;
            }
        }

        Assert.True(asked > 20, $"{asked} were asked.");
    }
}
