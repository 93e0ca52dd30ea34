using System.Globalization;
using System.Text.Json;
using Throttle.Api.Gubernator;
using Throttle.Core.Engine;
using Throttle.Core.Limiters;
using Throttle.Tests.Api.Http;

namespace Throttle.Tests.Api.Gubernator;

/// <summary>gubernator's protocol over HTTP.</summary>
public sealed class GubernatorTests
{
    private const string Path = "/v1/GetRateLimits";
    private const long Start = 1_767_225_600_000;

    [Fact]
    public async Task Ask_AsDocumented_IsAnsweredInItsForm()
    {
        await using var node = await TestNode.StartAsync();

        var (status, body) = await node.AskAsync(
            """
            {"requests":[{"name":"api","uniqueKey":"u1","hits":"1","limit":"10","duration":"1000","algorithm":"TOKEN_BUCKET",
              "behavior":0,"burst":"0","metadata":{"a":"b"},"created_at":"1690855128785"}]}
            """,
            Path);

        Assert.Equal(200, status);
        Assert.Equal(
            $$$"""{"responses":[{"status":"UNDER_LIMIT","limit":"10","remaining":"9","reset_time":"{{{Start + 1000}}}","error":"","metadata":{}}]}""", body);
    }

    [Theory]
    [InlineData("""{"name":"a","unique_key":"u","hits":1,"limit":10,"duration":1000}""")]
    [InlineData("""{"name":"a","uniqueKey":"u","hits":"1","limit":"10","duration":"1000","algorithm":0,"behavior":"BATCHING"}""")]
    [InlineData("""{"name":"a","uniqueKey":"u","hits":1e0,"limit":10.0,"duration":"1e3","algorithm":null,"behavior":null,"burst":null,"metadata":null}""")]
    [InlineData("""{"uniqueKey":"u","name":"a","hits":1,"limit":10,"duration":1000,"behavior":19,"unknown":[{"x":[1]}],"nothing":null}""")]
    [InlineData("""{"uniqueKey":"u","name":"a","hits":1,"limit":10,"duration":1000,"behavior":"GLOBAL","algorithm":"TOKEN_BUCKET"}""")]
    public async Task Ask_InAnyFormOfJson_IsRead(string item)
    {
        await using var node = await TestNode.StartAsync();

        var (status, body) = await node.AskAsync($$"""{"other":{"requests":1},"requests":[{{item}}]}""", Path);

        Assert.True(status == 200, body);
        Assert.Contains("""[{"status":"UNDER_LIMIT","limit":"10","remaining":"9",""", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"a","unique_key":"u","hits":-5,"limit":10,"duration":1000}""")]
    [InlineData("""{"name":"a","unique_key":"u","hits":0,"limit":10,"duration":1000,"behavior":"RESET_REMAINING"}""")]
    public async Task Ask_ToGiveBack_NeedsTheRightToEdit(string item)
    {
        const string Take = """{"name":"a","unique_key":"u","hits":5,"limit":10,"duration":1000}""";
        await using var node = await TestNode.StartAsync(configure: o => o with { AdminToken = "s3cret" });

        using (var refused = await node.PostAsync(Path, $$"""{"requests":[{{Take}},{{item}},{{Take}}]}"""))
        {
            using var answers = JsonDocument.Parse(await refused.Content.ReadAsStringAsync());
            var items = answers.RootElement.GetProperty("responses").EnumerateArray().ToArray();
            Assert.Equal(["5", "0", "0"], items.Select(i => i.GetProperty("remaining").GetString()));
            Assert.Equal(
                "negative hits and RESET_REMAINING give permits back: This needs the admin token; send it as 'Authorization: Bearer TOKEN'.",
                items[1].GetProperty("error").GetString());
            Assert.Empty(refused.Headers.WwwAuthenticate);
        }

        using var given = await node.SendAsync(
            HttpMethod.Post, Path, $$"""{"requests":[{{item}}]}""", "application/json", ("Authorization", "Bearer s3cret"));
        Assert.Contains("\"error\":\"\"", await given.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var (_, after) = await node.AskAsync($$"""{"requests":[{{Take}}]}""", Path);
        Assert.Contains("UNDER_LIMIT", after, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{}""", """{"responses":[]}""")]
    [InlineData("""{"requests":null}""", """{"responses":[]}""")]
    [InlineData("""{"requests":[]}""", """{"responses":[]}""")]
    public async Task Ask_Nothing_IsAnsweredWithNothing(string body, string expected)
    {
        await using var node = await TestNode.StartAsync();

        Assert.Equal((200, expected), await node.AskAsync(body, Path));
    }

    [Theory]
    [InlineData("""{"limit":5,"hits":1,"duration":9,"unique_key":"u"}""", "field 'namespace' cannot be empty")]
    [InlineData("""{"limit":5,"hits":1,"duration":9,"name":"a"}""", "field 'unique_key' cannot be empty")]
    [InlineData("""{"name":"a","unique_key":"u","limit":5,"algorithm":2}""", "Invalid rate limit algorithm '2'")]
    [InlineData("""{"name":"a","unique_key":"u","limit":5,"behavior":4,"duration":99}""", "behavior DURATION_IS_GREGORIAN is set; but `Duration` is not a valid gregorian interval")]
    [InlineData("""{"name":"a","unique_key":"u","limit":5,"behavior":4,"duration":-1}""", "behavior DURATION_IS_GREGORIAN is set; but `Duration` is not a valid gregorian interval")]
    [InlineData("""{"name":"a","unique_key":"u","limit":-5}""", "field 'limit' is -5; use 0 to 9007199254740992")]
    [InlineData("""{"name":"a","unique_key":"u","limit":"9223372036854775807"}""", "field 'limit' is 9223372036854775807; use 0 to 9007199254740992")]
    [InlineData("""{"name":"a","unique_key":"u","hits":"-9223372036854775808"}""", "field 'hits' is -9223372036854775808; use -9007199254740992 to 9007199254740992")]
    [InlineData("""{"name":"a","unique_key":"u","burst":-1}""", "field 'burst' is -1; use 0 to 9007199254740992")]
    [InlineData("""{"name":"a","unique_key":"u","duration":34560000001}""", "field 'duration' is 34560000001; use 0 to 34560000000")]
    [InlineData("""{"name":"a","unique_key":"u","duration":-1}""", "field 'duration' is -1; use 0 to 34560000000")]
    public async Task Ask_OneItemIsWrong_IsToldInItsPlaceAndHarmsNoOther(string item, string error)
    {
        await using var node = await TestNode.StartAsync();
        const string Good = """{"name":"a","unique_key":"good","hits":1,"limit":10,"duration":1000}""";

        var (status, body) = await node.AskAsync($$"""{"requests":[{{Good}},{{item}},{{Good}}]}""", Path);

        Assert.Equal(200, status);
        using var document = JsonDocument.Parse(body);
        var answers = document.RootElement.GetProperty("responses");
        Assert.Equal(["9", "0", "8"], answers.EnumerateArray().Select(a => a.GetProperty("remaining").GetString()));
        Assert.Equal(["", error, ""], answers.EnumerateArray().Select(a => a.GetProperty("error").GetString()));
        Assert.Equal(("UNDER_LIMIT", "0", "0"), (
            answers[1].GetProperty("status").GetString(), answers[1].GetProperty("limit").GetString(), answers[1].GetProperty("reset_time").GetString()));
    }

    [Fact]
    public async Task Ask_KeyTooLong_IsToldInItsPlace()
    {
        await using var node = await TestNode.StartAsync();
        var item = $$"""{"name":"{{new string('|', 300)}}","unique_key":"{{new string('u', 425)}}","hits":1,"limit":10,"duration":1000}""";

        var (status, body) = await node.AskAsync($$"""{"requests":[{{item}}]}""", Path);

        Assert.Equal(200, status);
        Assert.Contains("make a key of 1026 bytes; use 3 to 1024", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "empty-body", "The body is empty")]
    [InlineData("{", "not-json", "The body is not JSON")]
    [InlineData("[]", "invalid-field", "body is an array; use a JSON object.")]
    [InlineData("""{"requests":{}}""", "invalid-field", "requests is an object; use an array of requests.")]
    [InlineData("""{"requests":[7]}""", "invalid-field", "requests[0] is 7; use a JSON object.")]
    [InlineData("""{"requests":[],"requests":[]}""", "repeated-field", "requests is given twice; give it once.")]
    [InlineData("""{"requests":[{},{"name":5}]}""", "invalid-field", "requests[1].name is 5; use a text.")]
    [InlineData("""{"requests":[{"hits":"1.5"}]}""", "invalid-field", "requests[0].hits is '1.5'; use a whole number")]
    [InlineData("""{"requests":[{"hits":" 1"}]}""", "invalid-field", "requests[0].hits is ' 1'; use a whole number")]
    [InlineData("""{"requests":[{"limit":9223372036854775808}]}""", "invalid-field", "requests[0].limit is 9223372036854775808; use a whole number")]
    [InlineData("""{"requests":[{"limit":true}]}""", "invalid-field", "requests[0].limit is true; use a whole number")]
    [InlineData("""{"requests":[{"algorithm":"LEAKY"}]}""", "invalid-field", "requests[0].algorithm is 'LEAKY'; use a number, or one of TOKEN_BUCKET, LEAKY_BUCKET.")]
    [InlineData("""{"requests":[{"behavior":2147483648}]}""", "invalid-field", "requests[0].behavior is 2147483648; use a number")]
    [InlineData("""{"requests":[{"uniqueKey":"a","unique_key":"a"}]}""", "repeated-field", "requests[0].unique_key is given twice; give it once.")]
    [InlineData("""{"requests":[{"name":"\ud800"}]}""", "not-unicode", "The body holds text that is not valid Unicode")]
    public async Task Ask_BodyIsWrong_IsAProblemThatNamesIt(string body, string code, string detail)
    {
        await using var node = await TestNode.StartAsync();

        using var response = await node.PostAsync(Path, body);

        var problem = await TestNode.ProblemAsync(response, 400);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.StartsWith(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    public async Task Ask_ManyItems_UpToAThousand(int count, bool isAnswered)
    {
        await using var node = await TestNode.StartAsync();
        var items = Enumerable.Range(0, count).Select(i => $$"""{"name":"a","unique_key":"{{i % 500}}","hits":1,"limit":10,"duration":60000}""");

        using var response = await node.PostAsync(Path, $$"""{"requests":[{{string.Join(',', items)}}]}""");

        if (!isAnswered)
        {
            var problem = await TestNode.ProblemAsync(response, 400);
            Assert.Equal("Requests.RateLimits list too large; max size is '1000'", problem.GetProperty("detail").GetString());
            return;
        }

        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var remaining = document.RootElement.GetProperty("responses").EnumerateArray().Select(a => a.GetProperty("remaining").GetString()).ToArray();
        Assert.Equal(Enumerable.Repeat("9", 500).Concat(Enumerable.Repeat("8", 500)), remaining);
    }

    [Fact]
    public async Task Ask_NamesAndKeysThatJoinAlike_AreDifferentBuckets()
    {
        await using var node = await TestNode.StartAsync();
        (string Name, string Key)[] pairs = [("a", "b_c"), ("a_b", "c"), ("a|b", "c"), ("a", "b|c"), ("a\\\\", "b"), ("a", "\\\\|b")];
        foreach (var (name, key) in pairs)
        {
            var (_, body) = await node.AskAsync(
                $$"""{"requests":[{"name":"{{name}}","unique_key":"{{key}}","hits":1,"limit":1,"duration":60000}]}""", Path);
            Assert.Contains("UNDER_LIMIT", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Ask_BodyTooLarge_Is413()
    {
        await using var node = await TestNode.StartAsync();

        using var response = await node.PostAsync(Path, $$"""{"x":"{{new string('x', 1024 * 1024)}}","requests":[]}""");

        await TestNode.ProblemAsync(response, 413);
    }

    [Fact]
    public async Task Ask_ManyCallersAtOnce_AreUnderTheLimitExactlySoOften()
    {
        await using var node = await TestNode.StartAsync();
        const string Body = """{"requests":[{"name":"a","unique_key":"u","hits":1,"limit":100,"duration":60000},{"name":"a","unique_key":"u","hits":1,"limit":100,"duration":60000}]}""";

        var answers = await Task.WhenAll(Enumerable.Range(0, 80).Select(_ => node.AskAsync(Body, Path)));

        Assert.Equal(100, answers.Sum(a => a.Body.Split("UNDER_LIMIT").Length - 1));
        Assert.Contains("\"rule\":\"inline/gubernator\"", await node.Client.GetStringAsync("/v1/usage"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2019-11-11T00:00:00Z", 0, 1573430459999)]
    [InlineData("2019-11-11T00:00:30.0000001Z", 0, 1573430459999)]
    [InlineData("2019-11-11T00:00:00Z", 1, 1573433999999)]
    [InlineData("2019-11-11T00:20:01.0000021Z", 1, 1573433999999)]
    [InlineData("2019-11-11T00:00:00Z", 2, 1573516799999)]
    [InlineData("2019-11-11T12:10:09.0000023Z", 2, 1573516799999)]
    [InlineData("2019-11-11T22:02:23Z", 3, 1574035199999)]
    [InlineData("2019-11-01T00:00:00Z", 4, 1575158399999)]
    [InlineData("2019-11-11T22:02:23Z", 4, 1575158399999)]
    [InlineData("2019-01-01T00:00:00Z", 4, 1548979199999)]
    [InlineData("2019-01-01T00:00:00Z", 5, 1577836799999)]
    [InlineData("2019-03-01T20:50:31Z", 5, 1577836799999)]
    [InlineData("2024-02-01T00:00:00Z", 4, 1709251199999)]
    [InlineData("2024-12-31T23:59:59.9999999Z", 5, 1735689599999)]
    public void Gregorian_EndOfAnInterval_IsAsPublished(string now, long duration, long expected)
    {
        var instant = DateTimeOffset.Parse(now, CultureInfo.InvariantCulture).UtcTicks;
        var plan = RateLimitPlan.Of(
            new("a", "u", 1, 10, duration, RateLimitAlgorithm.TokenBucket, RateLimitBehaviors.DurationIsGregorian, 0), instant);

        var answer = plan.From(new BucketAnswer(LimiterDecision.Allowed(10, 9, 0, 1, default)), instant);

        // Weeks are not theirs, nor is 2024; the others are.
        Assert.Equal(expected, answer.ResetTime);
    }

    [Fact]
    public async Task HealthAndLiveCheck_AreAnsweredInTheirForm()
    {
        await using var node = await TestNode.StartAsync();

        using var health = JsonDocument.Parse(await node.Client.GetStringAsync("/v1/HealthCheck"));
        Assert.Equal("healthy", health.RootElement.GetProperty("status").GetString());
        Assert.Equal("", health.RootElement.GetProperty("message").GetString());
        Assert.Equal(1, health.RootElement.GetProperty("peer_count").GetInt32());
        Assert.Equal(node.Address.Authority, health.RootElement.GetProperty("advertise_address").GetString());
        Assert.Equal("{}", await node.Client.GetStringAsync("/v1/LiveCheck"));
    }
}
