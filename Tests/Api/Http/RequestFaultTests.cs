using System.Text;

namespace Throttle.Tests.Api.Http;

/// <summary>Every faulty body has its error, which names the field, the value and what is allowed, and takes nothing.</summary>
public sealed class RequestFaultTests(RequestFaultTests.Fixture fixture) : IClassFixture<RequestFaultTests.Fixture>
{
    [Theory]
    [InlineData("/v1/acquire", "", "empty-body", "The body is empty; send a JSON object.")]
    [InlineData("/v1/acquire", "{", "not-json", "The body is not JSON: line 1, byte 2: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed.")]
    [InlineData("/v1/acquire", "{\n \"attributes\": {},\n}", "not-json", "The body is not JSON: line 3, byte 1: The JSON object contains a trailing comma at the end which is not supported in this mode. Change the reader options.")]
    [InlineData("/v1/acquire", "{\"attributes\":{}} x", "not-json", "The body is not JSON: line 1, byte 19: 'x' is invalid after a single JSON value. Expected end of data.")]
    [InlineData("/v1/acquire", "user=42&path=/api/x", "not-json", "The body is not JSON: line 1, byte 1: 'u' is an invalid start of a value.")]
    [InlineData("/v1/acquire", "7", "invalid-field", "body is 7; use a JSON object.")]
    [InlineData("/v1/acquire", "null", "invalid-field", "body is null; use a JSON object.")]
    [InlineData("/v1/acquire", "{}", "missing-field", "attributes is missing; give an object such as {\"user\":\"42\"}, or a rule and a key.")]
    [InlineData("/v1/acquire", "{\"atributes\":{}}", "unknown-field", "atributes is not known; use attributes, cost, wait, rule, key, peek.")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"cost\":1,\"cost\":2}", "repeated-field", "cost is given twice; give it once.")]
    [InlineData("/v1/acquire", "{\"attributes\":[]}", "invalid-field", "attributes is an array; use a JSON object.")]
    [InlineData("/v1/acquire", "{\"attributes\":{\"user\":null}}", "invalid-field", "attributes.user is null; use a text, a number, true or false.")]
    [InlineData("/v1/acquire", "{\"attributes\":{\"user\":[1]}}", "invalid-field", "attributes.user is an array; use a text, a number, true or false.")]
    [InlineData("/v1/acquire", "{\"attributes\":{\"user\":\"a\",\"user\":\"b\"}}", "repeated-field", "attributes.user is given twice; give it once.")]
    [InlineData("/v1/acquire", "{\"attributes\":{\"\":\"a\"}}", "invalid-attribute-name", "A name in attributes is empty; use 1 to 100 characters.")]
    [InlineData("/v1/acquire", "{\"attributes\":{\"user\":\"\\ud800\"}}", "not-unicode", "The body holds text that is not valid Unicode; send UTF-8.")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"cost\":-1}", "invalid-field", "cost is -1; use a whole number, 0 to 9007199254740992.")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"cost\":1.5}", "invalid-field", "cost is 1.5; use a whole number, 0 to 9007199254740992.")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"cost\":9007199254740993}", "invalid-field", "cost is 9007199254740993; use a whole number, 0 to 9007199254740992.")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"cost\":1e400}", "invalid-field", "cost is 1e400; use a whole number, 0 to 9007199254740992.")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"cost\":\"1\"}", "invalid-field", "cost is '1'; use a whole number, 0 to 9007199254740992.")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"cost\":true}", "invalid-field", "cost is true; use a whole number, 0 to 9007199254740992.")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"wait\":\"soon\"}", "invalid-field", "wait is 'soon'; use a duration such as '2s', or seconds, 0 to 3600 (1 hour).")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"wait\":\"401d\"}", "wait-too-long", "wait is '401d'; use a duration such as '2s', or seconds, 0 to 3600 (1 hour).")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"wait\":-0.1}", "invalid-field", "wait is -0.1; use a duration such as '2s', or seconds, 0 to 3600 (1 hour).")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"wait\":34560000.0000001}", "wait-too-long", "wait is 34560000.0000001; use a duration such as '2s', or seconds, 0 to 3600 (1 hour).")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"wait\":3600.0000001}", "wait-too-long", "wait is 3600.0000001; use a duration such as '2s', or seconds, 0 to 3600 (1 hour).")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"wait\":\"60.1m\"}", "wait-too-long", "wait is '60.1m'; use a duration such as '2s', or seconds, 0 to 3600 (1 hour).")]
    [InlineData("/v1/acquire", "{\"attributes\":{},\"wait\":34560000}", "wait-too-long", "wait is 34560000; use a duration such as '2s', or seconds, 0 to 3600 (1 hour).")]
    [InlineData("/v1/acquire", "{\"attributes\":{\"path\":\"/size\",\"size\":\"1.5\"}}", "invalid-request", "Rule 'bytes': the cost attribute 'size' is '1.5'; use a whole number from 0 to 9007199254740992.")]
    [InlineData("/v1/acquire", "{\"attributes\":{\"path\":\"/size\",\"size\":\"9007199254740992\"},\"cost\":2}", "invalid-request", "Rule 'bytes': the cost is 2 times 9007199254740992, which is 18014398509481984; use 0 to 9007199254740992.")]
    [InlineData("/v1/return", "{}", "missing-field", "attributes is missing; give the attributes that were asked with, or a lease.")]
    [InlineData("/v1/return", "{\"cost\":1}", "missing-field", "attributes is missing; give the attributes that were asked with, or a lease.")]
    [InlineData("/v1/return", "{\"lease\":\"x\",\"cost\":1}", "missing-field", "lease is given with attributes, cost or at; give the lease alone.")]
    [InlineData("/v1/return", "{\"lease\":\"no lease\"}", "invalid-field", "lease is 'no lease'; use the text that an allowed answer carried.")]
    [InlineData("/v1/return", "{\"lease\":7}", "invalid-field", "lease is 7; use the text that an allowed answer carried.")]
    [InlineData("/v1/return", "{\"attributes\":{},\"at\":\"yesterday\"}", "invalid-field", "at is 'yesterday'; use seconds since 1970 or an ISO 8601 instant with its offset, years 1 to 9999.")]
    [InlineData("/v1/return", "{\"attributes\":{},\"at\":\"2026-01-01T00:00:00\"}", "invalid-field", "at is '2026-01-01T00:00:00'; use seconds since 1970 or an ISO 8601 instant with its offset, years 1 to 9999.")]
    [InlineData("/v1/return", "{\"attributes\":{},\"at\":1e12}", "invalid-field", "at is 1e12; use seconds since 1970 or an ISO 8601 instant with its offset, years 1 to 9999.")]
    [InlineData("/v1/return", "[]", "invalid-field", "body is an array; use a JSON object.")]
    [InlineData("/v1/renew", "{}", "missing-field", "lease is missing; give the lease that an allowed answer carried.")]
    [InlineData("/v1/renew", "{\"lease\":\"AAAA\"}", "invalid-field", "lease is 'AAAA'; use the text that an allowed answer carried.")]
    [InlineData("/v1/clock", "{}", "missing-field", "Give either advance or to: {\"advance\":\"1.5s\"} or {\"to\":\"2026-01-01T00:00:00Z\"}.")]
    [InlineData("/v1/clock", "{\"advance\":1,\"to\":1}", "missing-field", "Give either advance or to: {\"advance\":\"1.5s\"} or {\"to\":\"2026-01-01T00:00:00Z\"}.")]
    [InlineData("/v1/clock", "{\"advance\":\"-1s\"}", "invalid-field", "advance is '-1s'; use a duration such as '2s', or seconds, 0 to 34560000 (400 days).")]
    [InlineData("/v1/clock", "{\"to\":\"2025-12-31T23:59:59.9999999Z\"}", "invalid-field", "to is 2025-12-31T23:59:59.9999999Z; use 2026-01-01T00:00:00.0000000Z, where the clock stands, or later: it cannot go back.")]
    [InlineData("/v1/clock", "{\"to\":1767225599.9}", "invalid-field", "to is 2025-12-31T23:59:59.9000000Z; use 2026-01-01T00:00:00.0000000Z, where the clock stands, or later: it cannot go back.")]
    public async Task Post_FaultyBody_NamesTheFault(string path, string body, string code, string detail)
    {
        using var response = await fixture.Node.PostAsync(path, body);
        var problem = await TestNode.ProblemAsync(response, 400);
        Assert.Equal(detail, problem.GetProperty("detail").GetString());
        Assert.Equal(code, problem.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(32, 200)]
    [InlineData(33, 400)]
    public async Task Acquire_AroundMostAttributes_SaysTooMany(int count, int status)
    {
        var members = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"a{i}\":\"x\""));
        using var response = await fixture.Node.PostAsync("/v1/acquire", "{\"attributes\":{" + members + "}}");
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 400)
        {
            var problem = await TestNode.ProblemAsync(response, 400);
            Assert.Equal("too-many-attributes", problem.GetProperty("code").GetString());
            Assert.Equal("attributes has more than 32 members; use 0 to 32.", problem.GetProperty("detail").GetString());
        }
    }

    [Theory]
    [InlineData(100, 200)]
    [InlineData(101, 400)]
    public async Task Acquire_AroundLongestName_SaysTooLong(int length, int status)
    {
        var name = new string('n', length);
        using var response = await fixture.Node.PostAsync("/v1/acquire", "{\"attributes\":{\"" + name + "\":\"x\"}}");
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 400)
        {
            var problem = await TestNode.ProblemAsync(response, 400);
            Assert.Equal("invalid-attribute-name", problem.GetProperty("code").GetString());
            Assert.Equal(
                $"A name in attributes is '{name}' with 101 characters; use 1 to 100 characters."[..40],
                problem.GetProperty("detail").GetString()![..40]);
        }
    }

    [Theory]
    [InlineData("x", 8192, 200)]
    [InlineData("x", 8193, 400)]
    [InlineData("€", 2730, 200)]
    [InlineData("€", 2731, 400)]
    public async Task Acquire_AroundLongestValue_SaysTooLong(string text, int count, int status)
    {
        var value = new StringBuilder().Insert(0, text, count).ToString();
        using var response = await fixture.Node.PostAsync("/v1/acquire", "{\"attributes\":{\"other\":\"" + value + "\"}}");
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 400)
        {
            var problem = await TestNode.ProblemAsync(response, 400);
            Assert.Equal("attribute-too-long", problem.GetProperty("code").GetString());
            Assert.Equal(
                $"attributes.other is {Encoding.UTF8.GetByteCount(value)} bytes long in UTF-8; use 0 to 8192.",
                problem.GetProperty("detail").GetString());
        }
    }

    [Theory]
    [InlineData("x", 1024, 200)]
    [InlineData("x", 1025, 400)]
    [InlineData("€", 341, 200)]
    [InlineData("€", 342, 400)]
    public async Task Acquire_AroundLongestKey_SaysTooLong(string text, int count, int status)
    {
        var user = new StringBuilder().Insert(0, text, count).ToString();
        using var response = await fixture.Node.PostAsync("/v1/acquire", "{\"attributes\":{\"path\":\"/api/x\",\"user\":\"" + user + "\"}}");
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 400)
        {
            var problem = await TestNode.ProblemAsync(response, 400);
            Assert.Equal("key-too-long", problem.GetProperty("code").GetString());
            Assert.Equal(
                $"The key that attributes make under rule 'per-client' is {Encoding.UTF8.GetByteCount(user)} bytes long in UTF-8; use 0 to 1024.",
                problem.GetProperty("detail").GetString());
        }
    }

    [Theory]
    [InlineData(1_048_576, 200)]
    [InlineData(1_048_577, 413)]
    public async Task Acquire_AroundLargestBody_SaysTooLarge(int length, int status)
    {
        const string Body = """{"attributes":{"user":"large","path":"/api/x"}}""";
        foreach (var isChunked in new[] { false, true })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/acquire")
            {
                Content = new StringContent(Body.PadRight(length)),
            };
            request.Headers.TransferEncodingChunked = isChunked;
            using var response = await fixture.Node.Client.SendAsync(request);
            Assert.Equal(status, (int)response.StatusCode);
            if (status == 413)
            {
                var problem = await TestNode.ProblemAsync(response, 413);
                Assert.Equal("body-too-large", problem.GetProperty("code").GetString());
                Assert.Equal("The body is too large; use at most 1048576 bytes.", problem.GetProperty("detail").GetString());
            }
        }
    }

    [Theory]
    [InlineData("application/json; charset=utf-16", null, "unsupported-charset", "The body's charset is 'utf-16'; send UTF-8.")]
    [InlineData("application/json", "gzip", "unsupported-encoding", "Content-Encoding is 'gzip'; send the body as it is.")]
    public async Task Acquire_BodyInAnotherForm_Is415(string type, string? encoding, string code, string detail)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/acquire")
        {
            Content = new ByteArrayContent("{}"u8.ToArray()),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        using var response = await fixture.Node.Client.SendAsync(request);
        var problem = await TestNode.ProblemAsync(response, 415);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(detail, problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("GET", "/v1/acquire", 405, "GET is not for '/v1/acquire'; use POST.")]
    [InlineData("PATCH", "/v1/rules", 405, "PATCH is not for '/v1/rules'; use GET, HEAD, PUT.")]
    [InlineData("GET", "/", 404, "There is nothing at '/'; /openapi/v1.json lists what there is.")]
    [InlineData("GET", "/v1/nothing", 404, "There is nothing at '/v1/nothing'; /openapi/v1.json lists what there is.")]
    [InlineData("GET", "/v1/buckets", 404, "There is nothing at '/v1/buckets'; /openapi/v1.json lists what there is.")]
    public async Task Request_UnknownPathOrMethod_IsAProblem(string method, string path, int status, string detail)
    {
        using var response = await fixture.Node.SendAsync(new HttpMethod(method), path);
        var problem = await TestNode.ProblemAsync(response, status);
        Assert.Equal(detail, problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/v1/rules")]
    [InlineData("/metrics")]
    public async Task Head_OfWhatCanBeGot_IsAnsweredWithoutBody(string path)
    {
        using var response = await fixture.Node.SendAsync(HttpMethod.Head, path);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Acquire_ByteOrderMark_IsSkipped()
    {
        using var response = await fixture.Node.PostAsync("/v1/acquire", "\uFEFF{\"attributes\":{}}");
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task Acquire_BytesThatAreNotUtf8_AreRefused()
    {
        using var response = await fixture.Node.Client.PostAsync(
            "/v1/acquire", new ByteArrayContent([.. "{\"attributes\":{\"user\":\""u8, 0xC3, 0x28, .. "\"}}"u8]));
        await TestNode.ProblemAsync(response, 400);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal TestNode Node { get; private set; } = null!;

        public async Task InitializeAsync() => Node = await TestNode.StartAsync(
            TestNode.PerClient
            + "\n  - { id: bytes, match: { path: /size }, cost: size, limit: { algorithm: token-bucket, capacity: 1000, refill: 10/s } }\n");

        public async Task DisposeAsync() => await Node.DisposeAsync();
    }
}
