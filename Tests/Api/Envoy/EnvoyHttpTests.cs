using System.Text.Json;
using Throttle.Api.Hosting;
using Throttle.Tests.Api.Http;

namespace Throttle.Tests.Api.Envoy;

public sealed class EnvoyHttpTests
{
    private const string Answer = """{"overallCode":"OK","statuses":[{"code":"OK","currentLimit":{"requestsPerUnit":20,"unit":"MINUTE"},"limitRemaining":19,"durationUntilReset":"60s"}]}""";

    [Fact]
    public async Task Post_Answers_AreTheProtocolsJson()
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Basic"));
        using var response = await node.Node.PostAsync("/json", EnvoyTestNode.BodyOf("test-domain: key2=a"));
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(Answer, await response.Content.ReadAsStringAsync());
        Assert.Equal(
            (429, """{"overallCode":"OVER_LIMIT","statuses":[{"code":"OK"},{"code":"OVER_LIMIT","currentLimit":{"name":"key4_rate_limit","requestsPerUnit":1,"unit":"DAY"},"limitRemaining":1,"durationUntilReset":"86400s"},{"code":"OK","limitRemaining":4294967295}]}"""),
            await node.Node.AskAsync(EnvoyTestNode.BodyOf("test-domain: key2=value3; key4=a; key6=b", 2), "/json"));
    }

    [Theory]
    [InlineData("""{"domain":"test-domain","descriptors":[{"entries":[{"key":"key2","value":"a"}]}]}""")]
    [InlineData(""" { "descriptors" : [ { "entries" : [ { "value" : "a", "key" : "key2" } ], "limit" : null, "hits_addend" : null } ] , "domain" : "test-domain", "hitsAddend" : null } """)]
    [InlineData("""{"domain":"test-domain","descriptors":[{"entries":[{"key":"key2","value":"a"}],"hitsAddend":"1"}],"hits_addend":7}""")]
    [InlineData("""{"domain":"test-domain","descriptors":[{"entries":[{"key":"key2","value":"a"}],"hitsAddend":1.0}],"hitsAddend":"9"}""")]
    [InlineData("""{"domain":"test-domain","descriptors":[{"entries":[{"key":"key2","value":"a"}]}],"hitsAddend":"0"}""")]
    [InlineData("""{"domain":"test-domain","descriptors":[{"entries":[{"key":"key2","value":"a"}]}],"hitsAddend":10e-1}""")]
    [InlineData("""{"domain":"test-domain","descriptors":[{"entries":[{"key":"key2","value":"a"}],"limit":{"requestsPerUnit":20,"unit":"MINUTE"}}]}""")]
    [InlineData("""{"domain":"test-domain","descriptors":[{"entries":[{"key":"key2","value":"a"}],"limit":{"requests_per_unit":"20","unit":2}}]}""")]
    [InlineData("""{"domain":"test-domain","descriptors":[{"entries":[{"key":"key\u0032","value":"a"}]}]}""")]
    public async Task Post_FormsOfOneRequest_AreOne(string body)
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Basic"));
        Assert.Equal((200, Answer), await node.Node.AskAsync(body, "/json"));
    }

    [Fact]
    public async Task Post_NegativeHits_AreGivenBackDownToNone()
    {
        const string Give = """{"domain":"test-domain","descriptors":[{"entries":[{"key":"key2","value":"a"}],"hitsAddend":HITS,"isNegativeHits":true}]}""";
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Basic"));
        var take = EnvoyTestNode.BodyOf("test-domain: key2=a", 15);

        await node.Node.AskAsync(take, "/json");
        var (status, back) = await node.Node.AskAsync(Give.Replace("HITS", "10", StringComparison.Ordinal), "/json");
        var (_, all) = await node.Node.AskAsync(Give.Replace("HITS", "\"1000\"", StringComparison.Ordinal), "/json");

        Assert.Equal(200, status);
        Assert.Contains("\"code\":\"OK\"", back, StringComparison.Ordinal);
        Assert.Contains("\"limitRemaining\":15,", back, StringComparison.Ordinal);
        Assert.Contains("\"limitRemaining\":20,", all, StringComparison.Ordinal);
        Assert.Contains("\"limitRemaining\":5,", (await node.Node.AskAsync(take, "/json")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_NegativeHits_NeedTheRightToEdit()
    {
        const string Give = """{"domain":"test-domain","descriptors":[{"entries":[{"key":"key2","value":"a"}],"is_negative_hits":true},{"entries":[{"key":"key2","value":"b"}]}]}""";
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Basic"), node: options => options with { AdminToken = "s3cret" });

        using (var refused = await node.Node.PostAsync("/json", Give))
        {
            await TestNode.ProblemAsync(refused, 401);
        }

        using var given = await node.Node.SendAsync(HttpMethod.Post, "/json", Give, "application/json", ("Authorization", "Bearer s3cret"));
        Assert.Equal(200, (int)given.StatusCode);
        Assert.Equal(1, (await given.Content.ReadAsStringAsync()).Split("\"limitRemaining\":19,").Length - 1);
    }

    [Theory]
    [InlineData("""{"domain":"d","descriptors":[{"isNegativeHits":"true"}]}""", "invalid-field", "descriptors[0].isNegativeHits is 'true'; use true or false.")]
    [InlineData("""{"domain":"d","descriptors":[{"isNegativeHits":true,"is_negative_hits":true}]}""", "repeated-field", "are one field")]
    [InlineData("", "empty-body", "The body is empty")]
    [InlineData("}", "not-json", "The body is not JSON")]
    [InlineData("[]", "invalid-field", "body is an array; use a JSON object.")]
    [InlineData("{}", "missing-field", "domain is empty or missing")]
    [InlineData("""{"domain":"","descriptors":[{}]}""", "missing-field", "domain is empty or missing")]
    [InlineData("""{"domain":"d"}""", "missing-field", "descriptors is empty or missing")]
    [InlineData("""{"domain":"d","descriptors":[]}""", "missing-field", "descriptors is empty or missing")]
    [InlineData("""{"domain":"d","descriptors":[{}],"foo":1}""", "unknown-field", "foo is not known; use domain, descriptors, hitsAddend, hits_addend.")]
    [InlineData("""{"domain":"d","descriptors":[{"entry":[]}]}""", "unknown-field", "descriptors[0].entry is not known")]
    [InlineData("""{"domain":"d","descriptors":[{"entries":[{"key":"k","values":"v"}]}]}""", "unknown-field", "descriptors[0].entries[0].values is not known; use key, value.")]
    [InlineData("""{"domain":"d","domain":"d"}""", "repeated-field", "domain is given twice")]
    [InlineData("""{"domain":"d","hitsAddend":1,"hits_addend":null}""", "repeated-field", "hitsAddend and hits_addend are one field")]
    [InlineData("""{"domain":7}""", "invalid-field", "domain is 7; use a text.")]
    [InlineData("""{"domain":"d","descriptors":{}}""", "invalid-field", "descriptors is an object; use a list.")]
    [InlineData("""{"domain":"d","descriptors":[null]}""", "invalid-field", "descriptors[0] is null; use a JSON object.")]
    [InlineData("""{"domain":"d","descriptors":[{"entries":[[]]}]}""", "invalid-field", "descriptors[0].entries[0] is an array")]
    [InlineData("""{"domain":"d","descriptors":[{}],"hitsAddend":-1}""", "invalid-field", "hitsAddend is -1; use a whole number, 0 to 4294967295.")]
    [InlineData("""{"domain":"d","descriptors":[{}],"hitsAddend":4294967296}""", "invalid-field", "hitsAddend is 4294967296")]
    [InlineData("""{"domain":"d","descriptors":[{}],"hitsAddend":1.5}""", "invalid-field", "hitsAddend is 1.5")]
    [InlineData("""{"domain":"d","descriptors":[{}],"hitsAddend":" 1"}""", "invalid-field", "hitsAddend is ' 1'")]
    [InlineData("""{"domain":"d","descriptors":[{}],"hitsAddend":"0x1"}""", "invalid-field", "hitsAddend is '0x1'")]
    [InlineData("""{"domain":"d","descriptors":[{}],"hitsAddend":true}""", "invalid-field", "hitsAddend is true")]
    [InlineData("""{"domain":"d","descriptors":[{}],"hitsAddend":1e999}""", "invalid-field", "hitsAddend is 1e999")]
    [InlineData("""{"domain":"d","descriptors":[{"hitsAddend":"18446744073709551616"}]}""", "invalid-field", "use a whole number, 0 to 18446744073709551615.")]
    [InlineData("""{"domain":"d","descriptors":[{"limit":{"requestsPerUnit":1}}]}""", "missing-field", "descriptors[0].limit.unit is missing")]
    [InlineData("""{"domain":"d","descriptors":[{"limit":{"unit":"UNKNOWN"}}]}""", "invalid-field", "descriptors[0].limit.unit is 'UNKNOWN'; use SECOND, MINUTE, HOUR, DAY, WEEK, MONTH or YEAR, or its number, 1 to 7.")]
    [InlineData("""{"domain":"d","descriptors":[{"limit":{"unit":0}}]}""", "invalid-field", "descriptors[0].limit.unit is 0")]
    [InlineData("""{"domain":"d","descriptors":[{"limit":{"unit":8}}]}""", "invalid-field", "descriptors[0].limit.unit is 8")]
    [InlineData("""{"domain":"d","descriptors":[{"limit":{"unit":"minute"}}]}""", "invalid-field", "descriptors[0].limit.unit is 'minute'")]
    [InlineData("""{"domain":"\ud800","descriptors":[{}]}""", "not-unicode", "valid Unicode")]
    public async Task Post_BadRequest_IsA400ThatSaysWhy(string body, string code, string detail)
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Basic"));
        using var response = await node.Node.PostAsync("/json", body);
        var problem = await TestNode.ProblemAsync(response, 400);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_Sizes_AreHeldTo()
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Basic"));
        static string Many(int count) => $"test-domain: {string.Join("; ", Enumerable.Repeat("key6=x", count))}";
        Assert.Equal(200, (await node.AskAsync(EnvoyTestNode.BodyOf(Many(1_000)))).Status);
        var (status, answer) = await node.AskAsync(EnvoyTestNode.BodyOf(Many(1_001)));
        Assert.Equal((400, "descriptors has more than 1000 items; use 1 to 1000."), (status, answer.GetProperty("detail").GetString()));

        static string Wide(int count) => $"test-domain: {string.Join(",", Enumerable.Repeat("k=v", count))}";
        Assert.Equal(200, (await node.AskAsync(EnvoyTestNode.BodyOf(Wide(32)))).Status);
        (status, answer) = await node.AskAsync(EnvoyTestNode.BodyOf(Wide(33)));
        Assert.Equal((400, "descriptors[0].entries has more than 32 items; use 1 to 32."), (status, answer.GetProperty("detail").GetString()));

        // test-domain|MINUTE|key2| and the value.
        static string Long(int bytes) => $"test-domain: key2={new string('x', bytes - 24)}";
        Assert.Equal(200, (await node.AskAsync(EnvoyTestNode.BodyOf(Long(1_024)))).Status);
        (status, answer) = await node.AskAsync(EnvoyTestNode.BodyOf($"test-domain: key6=x; {Long(1_025)[13..]}"));
        Assert.Equal(
            (400, "The key that domain, unit and descriptors[1].entries make is 1025 bytes long in UTF-8; use 0 to 1024."),
            (status, answer.GetProperty("detail").GetString()));

        // A limit of 0 has no bucket, and would be named in metrics all the same.
        var body = $$$"""{"domain":"test-domain","descriptors":[{"entries":[{"key":"{{{new string('k', 2_000)}}}","value":"v"}],"limit":{"unit":"SECOND"}}]}""";
        (status, answer) = await node.AskAsync(body);
        Assert.Equal(400, status);
        Assert.StartsWith("The key that domain, unit and descriptors[0].entries make is", answer.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("GET")]
    [InlineData("METHOD_NOT_CHECKED")]
    public async Task AnyMethod_WithABody_IsAnswered(string method)
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Basic"));
        using var response = await node.Node.SendAsync(new HttpMethod(method), "/json", EnvoyTestNode.BodyOf("test-domain: key2=a"));
        Assert.Equal(Answer, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Headers_WhereAskedFor_SpeakOfTheNearestLimit()
    {
        await using var node = await EnvoyTestNode.StartAsync(
            EnvoyConfigs.FilesOf("Integration"), DateTimeOffset.UnixEpoch.AddSeconds(2222), options => options with { HasHeaders = true });
        async Task<string> HeadersOf(string request, long hits = 1)
        {
            var (_, answer) = await node.AskAsync(EnvoyTestNode.BodyOf(request, hits));
            return answer.TryGetProperty("responseHeadersToAdd", out var headers)
                ? string.Join(' ', headers.EnumerateArray().Select(header => $"{header.GetProperty("key")}:{header.GetProperty("value")}"))
                : "";
        }

        // As published: at 2222 the minute has 58 seconds to go (TestServiceWithDefaultRatelimitHeaders).
        Assert.Equal("RateLimit-Limit:10 RateLimit-Remaining:0 RateLimit-Reset:58", await HeadersOf("windows: minute=a", 10));
        Assert.Equal("RateLimit-Limit:10 RateLimit-Remaining:0 RateLimit-Reset:58", await HeadersOf("windows: hour=a; minute=a"));
        Assert.Equal("RateLimit-Limit:10 RateLimit-Remaining:8 RateLimit-Reset:1378", await HeadersOf("windows: day=a; hour=a"));
        Assert.Equal("", await HeadersOf("windows: none=a"));
    }

    /// <summary>
    /// The behaviour of Envoy's service with STOP_CACHE_KEY_INCREMENT_WHEN_OVERLIMIT, as its cache of fixed windows has it: a descriptor
    /// over its limit keeps the others of the request from being counted.
    /// </summary>
    [Theory]
    [InlineData(false, "windows: minute=a; hour=a", "0 5")]
    [InlineData(true, "windows: minute=a; hour=a", "0 9")]
    [InlineData(true, "windows: hour=a; minute=a", "9 0")]
    [InlineData(true, "windows: hour=a; day=a", "5 6")]
    public async Task AllOrNone_ARequestThatOneLimitRefuses_CountsForNoOther(bool countsAllOrNone, string request, string left)
    {
        await using var node = await EnvoyTestNode.StartAsync(
            EnvoyConfigs.FilesOf("Integration"), configure: options => options with { CountsAllOrNone = countsAllOrNone });
        await node.AskAsync(EnvoyTestNode.BodyOf("windows: minute=a", 9));
        await node.AskAsync(EnvoyTestNode.BodyOf("windows: minute=a; hour=a"));
        await node.AskAsync(EnvoyTestNode.BodyOf(request, 2));
        var (_, last) = await node.AskAsync(EnvoyTestNode.BodyOf(request, 2));

        Assert.Equal(left, string.Join(' ', last.GetProperty("statuses").EnumerateArray().Select(s => s.TryGetProperty("limitRemaining", out var r) ? r.GetInt32() : 0)));
    }

    [Fact]
    public async Task AllOrNone_ARefusal_AnswersWhatTheOthersHoldWithoutIt()
    {
        await using var node = await EnvoyTestNode.StartAsync(
            EnvoyConfigs.FilesOf("Integration"), configure: options => options with { CountsAllOrNone = true });

        var (_, answer) = await node.AskAsync(EnvoyTestNode.BodyOf("windows: minute=a; hour=a,x=y; hour=a+11", 4));

        Assert.Equal(
            ["OK 10", "OK", "OVER_LIMIT"],
            answer.GetProperty("statuses").EnumerateArray().Select(s =>
                $"{(s.TryGetProperty("code", out var code) ? code.GetString() : "?")} {(s.TryGetProperty("limitRemaining", out var r) ? r.GetInt32() : null)}".Trim()));
    }

    [Fact]
    public async Task Metadata_WhereAskedFor_IsThatOfTheLimitsThatPassed()
    {
        await using var node = await EnvoyTestNode.StartAsync(
            EnvoyConfigs.FilesOf("Example"), configure: options => options with { HasMetadata = true });
        async Task<string> MetadataOf(string request, long hits = 1) =>
            (await node.AskAsync(EnvoyTestNode.BodyOf(request, hits))).Answer.GetProperty("dynamicMetadata").GetRawText();
        Assert.Equal(
            """{"domain":"rl","descriptors":[{"entries":["service=service_1"]},{"entries":["service=service_2"],"limit":"requests_per_unit:5 unit:DAY","hitsAddend":0}],"metadata":{"service_with_quota":{"name":"service_1"}}}""",
            await MetadataOf("rl: service=service_1; service=service_2+0|5/DAY"));
        Assert.Equal(
            """{"domain":"rl","descriptors":[{"entries":["service=service_1"]},{"entries":["service=service_2"]}],"hitsAddend":2,"metadata":{"service_with_quota":{"name":"service_2"}}}""",
            await MetadataOf("rl: service=service_1; service=service_2", 2));
    }

    [Fact]
    public async Task RlConfig_ShowsTheLimits_ToWhomItMay()
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Basic"));
        Assert.StartsWith(
            "test-domain.key1_value1.subkey1: unit=SECOND requests_per_unit=5, shadow_mode: false, quota_mode: false\n",
            await node.Node.Client.GetStringAsync("/rlconfig"),
            StringComparison.Ordinal);
        using var proxied = await node.Node.SendAsync(HttpMethod.Get, "/rlconfig", headers: ("X-Forwarded-For", "192.0.2.1"));
        Assert.Equal("proxied", (await TestNode.ProblemAsync(proxied, 403)).GetProperty("code").GetString());

        await using var guarded = await TestNode.StartAsync(configure: options => options with { AdminToken = "secret" });
        using var missing = await guarded.SendAsync(HttpMethod.Get, "/rlconfig");
        Assert.Equal("token-missing", (await TestNode.ProblemAsync(missing, 401)).GetProperty("code").GetString());
        using var given = await guarded.SendAsync(HttpMethod.Get, "/rlconfig", headers: ("Authorization", "Bearer secret"));
        Assert.Equal("no-envoy-config", (await TestNode.ProblemAsync(given, 404)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Post_WithoutAConfiguration_IsA404ThatSaysHow()
    {
        await using var node = await TestNode.StartAsync();
        using var response = await node.PostAsync("/json", EnvoyTestNode.BodyOf("d: k=v"));
        var problem = await TestNode.ProblemAsync(response, 404);
        Assert.Equal("no-envoy-config", problem.GetProperty("code").GetString());
        Assert.Contains("--envoy-config", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_NoRoomForABucket_IsA503AndNotTheCallersMistake()
    {
        using var folder = new RuleFiles.TempFolder();
        await File.WriteAllTextAsync(folder.File("a.yaml"), EnvoyConfigs.Basic);
        await using var node = await TestNode.StartAsync(
            configure: options => options with { MaxBuckets = 1, Envoy = new() { ConfigPath = folder.File("a.yaml") } });
        Assert.Equal(200, (await node.AskAsync(EnvoyTestNode.BodyOf("test-domain: key2=a"), "/json")).Status);
        foreach (var request in (string[])["test-domain: key2=b", "test-domain: key2=a; key2=b"])
        {
            using var response = await node.PostAsync("/json", EnvoyTestNode.BodyOf(request));
            Assert.Equal("unavailable", (await TestNode.ProblemAsync(response, 503)).GetProperty("code").GetString());
        }

        Assert.Contains("throttle_envoy_errors_total 2\n", await node.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_FaultyConfiguration_StartsNothing()
    {
        using var folder = new RuleFiles.TempFolder();
        await File.WriteAllTextAsync(folder.File("a.yaml"), "descriptors: []");
        var options = new NodeOptions { Urls = ["http://127.0.0.1:0"], Envoy = new() { ConfigPath = folder.Path } };
        var faulty = await Assert.ThrowsAsync<Throttle.Api.Envoy.EnvoyConfigException>(() => ThrottleNode.StartAsync(options));
        Assert.Equal("a.yaml:1: config file cannot have empty domain", faulty.Message);
        Assert.Equal(
            $"'{folder.Path}' has 1 fault:{Environment.NewLine}  a.yaml:1: config file cannot have empty domain",
            Errors.OfStart(faulty, null, options.Urls, envoyPath: folder.Path));
        var missing = await Assert.ThrowsAsync<IOException>(() => ThrottleNode.StartAsync(options with { Envoy = new() { ConfigPath = folder.File("none.yaml") } }));
        Assert.Equal($"The configuration file '{folder.File("none.yaml")}' cannot be read: it is not there.", missing.Message);
    }

    [Fact]
    public async Task Post_ManyAtOnce_NeverAdmitsMoreThanTheLimit()
    {
        await using var node = await EnvoyTestNode.StartAsync(EnvoyConfigs.FilesOf("Integration"));
        var body = EnvoyTestNode.BodyOf("another: key2=crowd");
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => node.AskAsync(body)));
        Assert.Equal(20, answers.Count(answer => answer.Status == 200));
        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => (long)i),
            answers.Where(answer => answer.Status == 200).Select(answer => Remaining(answer.Answer)).Order());
    }

    private static long Remaining(JsonElement answer) =>
        answer.GetProperty("statuses")[0].TryGetProperty("limitRemaining", out var remaining) ? remaining.GetInt64() : 0;
}
