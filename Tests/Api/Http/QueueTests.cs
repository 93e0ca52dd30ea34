using System.Text;
using System.Text.Json;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Http;

public sealed class QueueTests : IAsyncLifetime
{
    private Hook _hook = null!;
    private TestNode _node = null!;

    public async Task InitializeAsync()
    {
        _hook = await Hook.StartAsync();
        _node = await TestNode.StartAsync($$"""
            version: 1
            rules:
              - id: mail
                key: [user]
                match: { kind: mail }
                limit: { algorithm: queue, capacity: 3, drain: 1/s }
                deliver: { url: "{{_hook.Url}}", attempts: 3, backoff: 100ms }
              - { id: all, match: { kind: all }, limit: { algorithm: queue, capacity: 9, drain: 1/s }, deliver: { url: "http://127.0.0.1:1/" } }
              - { id: nobody, match: { kind: nobody }, limit: { algorithm: queue, capacity: 9, drain: 1/s } }
              - { id: calls, match: { kind: calls }, limit: { algorithm: gcra, rate: 1/s, burst: 1 } }
            """);
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _hook.DisposeAsync();
    }

    [Fact]
    public async Task Enqueue_FiveAtOnceOnThree_DeliversThreeInOrderAtTheirTurns()
    {
        var answers = new List<(int Status, JsonElement Body)>();
        for (var i = 1; i <= 5; i++)
        {
            answers.Add(await SendAsync(HttpMethod.Post, $"/v1/queues/mail/42?id=job-{i}", $"payload {i}"));
        }

        await CalledAsync(1);
        await IdleAsync("mail/42", 2);
        await _node.AdvanceAsync("1s");
        await CalledAsync(2);
        await IdleAsync("mail/42", 1);
        await _node.AdvanceAsync("1s");
        await CalledAsync(3);

        Assert.Equal([202, 202, 202, 429, 429], answers.Select(a => a.Status));
        Assert.Equal(
            """{"accepted":true,"rule":"mail","key":"42","id":"job-2","enqueuedAt":1767225600,"dueAt":1767225601}""", answers[1].Body.GetRawText());
        Assert.Equal(1, answers[4].Body.GetProperty("retryAfter").GetDecimal());
        Assert.Equal(["payload 1", "payload 2", "payload 3"], _hook.Calls.Select(c => Encoding.UTF8.GetString(c.Body)));
    }

    [Fact]
    public async Task Enqueue_IsPostedAsItIsWithItsNames()
    {
        byte[] payload = [0, 255, 13, 10, 0];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/queues/mail/a%2Fb%20%C3%BC?id=job-1") { Content = new ByteArrayContent(payload) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "text/plain; charset=latin1");
        using var response = await _node.Client.SendAsync(request);
        await CalledAsync(1);

        var call = _hook.Calls[0];
        Assert.Equal(("POST", "/hook?a=b"), (call.Method, call.Target));
        Assert.Equal(payload, call.Body);
        Assert.Equal(
            ("mail", "a%2Fb%20%C3%BC", "job-1", "1", "job-1", "text/plain; charset=latin1"),
            (call.Headers["Throttle-Rule"], call.Headers["Throttle-Key"], call.Headers["Throttle-Id"], call.Headers["Throttle-Attempt"],
                call.Headers["Idempotency-Key"], call.Headers["Content-Type"]));
    }

    [Fact]
    public async Task Enqueue_SameId_GetsTheSameAnswerAndIsDeliveredOnce()
    {
        var (_, first) = await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=job-1", "one");
        await CalledAsync(1);
        await IdleAsync("mail/42", 0);
        await _node.AdvanceAsync("5s");

        var (status, again) = await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=job-1", "another");

        Assert.Equal((202, first.GetRawText()), (status, again.GetRawText()));
        await _node.AdvanceAsync("5s");
        Assert.Single(_hook.Calls);
    }

    [Theory]
    [InlineData("/v1/queues/mail/42", 400, "missing-field", "id is missing; name the work, as in ?id=job-1: 1 to 200 visible ASCII characters.")]
    [InlineData("/v1/queues/mail/42?id=", 400, "invalid-field", "The id has 0 characters; use 1 to 200.")]
    [InlineData("/v1/queues/mail/42?id=a%20b", 400, "invalid-field", "The id 'a b' holds more than visible ASCII; use the characters ! to ~.")]
    [InlineData("/v1/queues/mail/42?id=a&id=b", 400, "repeated-field", "id is given twice; give it once.")]
    [InlineData("/v1/queues/none/42?id=a", 404, "no-such-rule", "There is no rule 'none'; GET /v1/rules lists them.")]
    [InlineData("/v1/queues/calls?id=a", 409, "not-a-queue", "Rule 'calls' is a gcra; only rules of the algorithm queue take work.")]
    [InlineData("/v1/queues/nobody?id=a", 409, "no-processor", "Rule 'nobody' has nobody to deliver work to; give it deliver: { url: … }, or register an IWorkProcessor.")]
    public async Task Enqueue_Faulty_SaysWhy(string path, int status, string code, string detail)
    {
        using var response = await _node.PostAsync(path, "x");

        var problem = await TestNode.ProblemAsync(response, status);
        Assert.Equal((code, detail), (problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task Enqueue_AroundTheLargestPayload_IsTakenOrRefused()
    {
        Assert.Equal(202, (await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=a", new string('x', 65_536))).Status);
        using var response = await _node.PostAsync("/v1/queues/mail/42?id=b", new string('x', 65_537));

        var problem = await TestNode.ProblemAsync(response, 413);
        Assert.Equal("The body is too large; use at most 65536 bytes.", problem.GetProperty("detail").GetString());
        Assert.Equal(202, (await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=empty", "")).Status);
    }

    [Fact]
    public async Task Deliver_ServerFails_IsTriedAgainInItsPlace()
    {
        _hook.Answer = context => context.Request.Headers["Throttle-Attempt"] == "1" && context.Request.Headers["Throttle-Id"] == "a" ? 503 : 204;
        await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=a", "a");
        await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=b", "b");
        await CalledAsync(1);
        await IdleAsync("mail/42", 2);

        var (_, shown) = await SendAsync(HttpMethod.Get, "/v1/queues/mail/42");
        var head = shown.GetProperty("head");
        Assert.Equal(
            ("a", 1, false, $"{new Uri(_hook.Url).Authority} answered 503."),
            (head.GetProperty("id").GetString(), head.GetProperty("attempts").GetInt32(), head.GetProperty("delivering").GetBoolean(), head.GetProperty("error").GetString()));

        await _node.AdvanceAsync("1s");
        await CalledAsync(2);
        await IdleAsync("mail/42", 1);
        await _node.AdvanceAsync("1s");
        await CalledAsync(3);
        Assert.Equal(["a 1", "a 2", "b 1"], _hook.Calls.Select(c => $"{c.Headers["Throttle-Id"]} {c.Headers["Throttle-Attempt"]}"));
    }

    [Fact]
    public async Task Deliver_ServerNamesAWait_IsHeeded()
    {
        _hook.Answer = context =>
        {
            context.Response.Headers.RetryAfter = "60";
            return 429;
        };
        await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=a", "a");
        await CalledAsync(1);
        await IdleAsync("mail/42", 1);

        var (_, shown) = await SendAsync(HttpMethod.Get, "/v1/queues/mail/42");
        Assert.Equal(60, shown.GetProperty("nextTurn").GetDecimal());
    }

    [Fact]
    public async Task Deliver_RefusedForGood_IsListedPutBackAndRemoved()
    {
        _hook.Answer = _ => 404;
        await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=a", "hello");
        await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=b", "world");
        await CalledAsync(1);
        await IdleAsync("mail/42", 1);
        await _node.AdvanceAsync("1s");
        await CalledAsync(2);
        await IdleAsync("mail/42", 0);

        var (_, list) = await SendAsync(HttpMethod.Get, "/v1/failed/mail/42");
        Assert.Equal(["a hello", "b world"], list.GetProperty("failed").EnumerateArray().Select(f => $"{f.GetProperty("id")} {f.GetProperty("text")}"));

        _hook.Answer = _ => 200;
        await _node.AdvanceAsync("1s");
        Assert.Equal("""{"putBack":"a"}""", (await SendAsync(HttpMethod.Post, "/v1/failed/mail/42", """{"id":"a"}""")).Body.GetRawText());
        Assert.Equal("""{"removed":"b"}""", (await SendAsync(HttpMethod.Delete, "/v1/failed/mail/42?id=b")).Body.GetRawText());
        await CalledAsync(3);
        Assert.Equal("a 1", $"{_hook.Calls[2].Headers["Throttle-Id"]} {_hook.Calls[2].Headers["Throttle-Attempt"]}");
        using var gone = await _node.SendAsync(HttpMethod.Delete, "/v1/failed/mail/42?id=b");
        Assert.Equal("There is no work 'b' failed.", (await TestNode.ProblemAsync(gone, 404)).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Deliver_NobodyListens_IsTriedAgainAndSaysSo()
    {
        await SendAsync(HttpMethod.Post, "/v1/queues/all?id=a", "a");
        await Eventually.IsTrueAsync(
            async () => (await SendAsync(HttpMethod.Get, "/v1/queues/all")).Body.GetProperty("head").TryGetProperty("error", out _), "the attempt has failed");

        var error = (await SendAsync(HttpMethod.Get, "/v1/queues/all")).Body.GetProperty("head").GetProperty("error").GetString();
        Assert.StartsWith("127.0.0.1:1 could not be reached: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_WorkInLine_IsNotDelivered()
    {
        await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=a", "a");
        await CalledAsync(1);
        await IdleAsync("mail/42", 0);
        await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=b", "b");
        await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=c", "c");

        Assert.Equal("""{"cancelled":"b"}""", (await SendAsync(HttpMethod.Delete, "/v1/queues/mail/42?id=b")).Body.GetRawText());
        using var gone = await _node.SendAsync(HttpMethod.Delete, "/v1/queues/mail/42?id=b");
        await TestNode.ProblemAsync(gone, 404);
        await _node.AdvanceAsync("1s");
        await CalledAsync(2);
        Assert.Equal("c", _hook.Calls[1].Headers["Throttle-Id"]);
    }

    [Fact]
    public async Task Failed_OnANodeWithAToken_NeedsIt()
    {
        await using var node = await TestNode.StartAsync(TestNode.PerClient, o => o with { AdminToken = "secret" });
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Delete })
        {
            using var response = await node.SendAsync(method, method == HttpMethod.Delete ? "/v1/failed/mail/42?id=a" : "/v1/failed/mail/42", method == HttpMethod.Post ? "{}" : null);
            Assert.Equal("token-missing", (await TestNode.ProblemAsync(response, 401)).GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task Metrics_CountWork()
    {
        await SendAsync(HttpMethod.Post, "/v1/queues/mail/42?id=a", "a");
        await CalledAsync(1);
        await IdleAsync("mail/42", 0);

        var text = await _node.Client.GetStringAsync("/metrics");
        Assert.Contains("throttle_work_total{outcome=\"queued\",rule=\"mail\"} 1", text, StringComparison.Ordinal);
        Assert.Contains("throttle_work_total{outcome=\"delivered\",rule=\"mail\"} 1", text, StringComparison.Ordinal);
    }

    private async Task<(int Status, JsonElement Body)> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var response = await _node.SendAsync(method, path, body, "text/plain");
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return ((int)response.StatusCode, document.RootElement.Clone());
    }

    private Task CalledAsync(int count) => Eventually.IsTrueAsync(() => _hook.Calls.Count >= count, $"{count} calls of the hook");

    /// <summary>Waits until so many are in line and none is being delivered: then its timer is set.</summary>
    private Task IdleAsync(string queue, int length) => Eventually.IsTrueAsync(
        async () =>
        {
            var (_, shown) = await SendAsync(HttpMethod.Get, $"/v1/queues/{queue}");
            return shown.GetProperty("length").GetInt32() == length
                && (length == 0 || !shown.GetProperty("head").GetProperty("delivering").GetBoolean());
        },
        $"{length} in line");
}
