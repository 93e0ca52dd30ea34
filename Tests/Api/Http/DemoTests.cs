using System.Net;
using System.Text.Json;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Http;

/// <summary><c>/demo/stream</c>: what it sends, when, by whose bucket, and what it refuses.</summary>
public sealed class DemoTests
{
    // 64 digits, two quotes, a comma or a bracket; and the first bracket.
    private const int ItemBytes = 67;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("/demo/stream", 1_000)]
    [InlineData("/demo/stream?items=0", 0)]
    [InlineData("/demo/stream?items=1", 1)]
    [InlineData("/demo/stream?items=100000", 100_000)]
    [InlineData("/demo/stream?items=100&rate=1MB/s", 100)]
    [InlineData("/demo/stream?items=100&user=nobody+is+limited", 100)]
    public async Task Stream_Items_AreThatManyAndTheSameEachTime(string path, int items)
    {
        await using var node = await TestNode.StartAsync();

        using var answer = await node.Client.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(("application/json", "utf-8"), (answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentType.CharSet));
        var strings = JsonSerializer.Deserialize<string[]>(text)!;
        Assert.Equal(items, strings.Length);
        Assert.Equal(items, strings.Distinct(StringComparer.Ordinal).Count());
        Assert.All(strings, s => Assert.Matches("^[0-9a-f]{64}$", s));
        Assert.Equal(text, await node.Client.GetStringAsync(path));
    }

    [Fact]
    public async Task Stream_WithRate_SendsItsBurstAndThenThatMuchASecond()
    {
        await using var node = await TestNode.StartAsync();
        using var download = await Download.BeginAsync(node, "/demo/stream?rate=1kB&burst=2kB&items=100");

        await download.HasComeAsync(2_000);
        await AdvanceUntilAsync(node, () => download.Count == (100 * ItemBytes) + 1, passed =>
            Assert.InRange(download.Count, 0, 2_000 + passed.TotalMilliseconds));

        Assert.Equal(100, JsonSerializer.Deserialize<string[]>(await download.EndAsync())!.Length);
    }

    [Fact]
    public async Task Stream_OfOneUser_SharesTheRulesBandwidth()
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - id: download-bytes
                match: { path: /demo/stream }
                key: [user]
                limit: { algorithm: token-bucket, capacity: 2KiB, refill: 1KiB/s }
            """);
        using var one = await Download.BeginAsync(node, "/demo/stream?items=100&user=1");
        using var two = await Download.BeginAsync(node, "/demo/stream?items=100&user=1");
        using var other = await Download.BeginAsync(node, "/demo/stream?items=20&user=2");

        // The other user's 1,341 bytes are less than a burst.
        Assert.Equal(20, JsonSerializer.Deserialize<string[]>(await other.EndAsync())!.Length);

        await AdvanceUntilAsync(node, () => one.Count + two.Count == 2 * ((100 * ItemBytes) + 1), passed =>
            Assert.InRange(one.Count + two.Count, 0, 2_048 + (1.024 * passed.TotalMilliseconds)));
        Assert.Equal(await one.EndAsync(), await two.EndAsync());
    }

    [Fact]
    public async Task Stream_ClientGoes_EndsAndPaysNoMore()
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - id: download-bytes
                key: [user]
                limit: { algorithm: token-bucket, capacity: 1KiB, refill: 1KiB/s }
            """);
        var download = await Download.BeginAsync(node, "/demo/stream?items=100000000&user=1");
        await download.HasComeAsync(1_024);

        download.Dispose();
        await Eventually.IsTrueAsync(
            async () => (await node.Client.GetStringAsync("/metrics")).Contains("throttle_waiters 0", StringComparison.Ordinal),
            "nobody waits any more");
        await node.AdvanceAsync("1s");

        Assert.Contains("\"remaining\":1024,", await node.Client.GetStringAsync("/v1/buckets/download-bytes/1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_Head_SendsAndPaysNothing()
    {
        await using var node = await TestNode.StartAsync();
        using var answer = await node.SendAsync(HttpMethod.Head, "/demo/stream?rate=1B&items=100000000");
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        using var bad = await node.SendAsync(HttpMethod.Head, "/demo/stream?rate=fast");
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    [Theory]
    [InlineData("items=-1", "items is '-1'; use a whole number from 0 to 100000000.")]
    [InlineData("items=100000001", "items is '100000001'; use a whole number from 0 to 100000000.")]
    [InlineData("items=99999999999999999999", "items is '99999999999999999999'; use a whole number from 0 to 100000000.")]
    [InlineData("items=", "items is ''; use a whole number from 0 to 100000000.")]
    [InlineData("items=1&items=2", "items is given twice; give it once.")]
    [InlineData("rate=fast", "rate is 'fast'; use a size such as 32KiB, for a second, or a rate such as 256KiB/s ('fast' is not a size;")]
    [InlineData("rate=0", "rate is '0'; use a size such as 32KiB, for a second, or a rate such as 256KiB/s ('0' is out of range;")]
    [InlineData("rate=1KiB/401d", "rate is '1KiB/401d'; use a size such as 32KiB,")]
    [InlineData("rate=", "rate is ''; use a size such as 32KiB,")]
    [InlineData("rate=1KiB&burst=0", "burst is '0'; use a size such as 1MiB ('0' is out of range;")]
    [InlineData("rate=1KiB&burst=9000TiB", "burst is '9000TiB'; use a size such as 1MiB ('9000TiB' is out of range;")]
    [InlineData("burst=1KiB", "burst is '1KiB'; use it together with rate.")]
    [InlineData("user=1&rate=1KiB", "user is given with rate or burst;")]
    [InlineData("item=5", "item in the query is not known; use rate, burst, items, user.")]
    public async Task Stream_BadQuery_NamesFieldValueAndRange(string query, string detail)
    {
        await using var node = await TestNode.StartAsync();
        using var answer = await node.Client.GetAsync($"/demo/stream?{query}");
        var problem = await TestNode.ProblemAsync(answer, 400);
        Assert.StartsWith(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_UserTooLong_IsRefused()
    {
        await using var node = await TestNode.StartAsync();
        using var answer = await node.Client.GetAsync($"/demo/stream?user={new string('x', 1_025)}");
        Assert.Equal("user", (await TestNode.ProblemAsync(answer, 400)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task Stream_WithAdminToken_NeedsIt()
    {
        await using var node = await TestNode.StartAsync(configure: options => options with { AdminToken = "secret" });
        using var without = await node.Client.GetAsync("/demo/stream?items=1");
        await TestNode.ProblemAsync(without, 401);
        using var with = await node.SendAsync(HttpMethod.Get, "/demo/stream?items=1", headers: ("Authorization", "Bearer secret"));
        Assert.Equal(HttpStatusCode.OK, with.StatusCode);
    }

    [Fact]
    public async Task Stream_IsDescribed()
    {
        await using var node = await TestNode.StartAsync();
        using var document = JsonDocument.Parse(await node.Client.GetStringAsync("/openapi/v1.json"));
        var operation = document.RootElement.GetProperty("paths").GetProperty("/demo/stream").GetProperty("get");
        Assert.Equal(
            ["burst", "items", "rate", "user"],
            operation.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
    }

    /// <summary>Moves the clock on until it is true, in steps; looks at what came before each.</summary>
    private static async Task AdvanceUntilAsync(TestNode node, Func<bool> isTrue, Action<TimeSpan> look)
    {
        var step = TimeSpan.FromMilliseconds(50);
        var passed = TimeSpan.Zero;
        await Eventually.IsTrueAsync(
            async () =>
            {
                look(passed);
                await node.AdvanceAsync("50ms");
                passed += step;
                return isTrue();
            },
            "everything comes");
        look(passed);
    }

    /// <summary>A response that is read as it comes.</summary>
    private sealed class Download : IDisposable
    {
        private readonly HttpResponseMessage _answer;
        private readonly MemoryStream _received = new();
        private readonly CancellationTokenSource _cancel = new();
        private readonly Task _reading;
        private long _count;

        private Download(HttpResponseMessage answer)
        {
            _answer = answer;
            _reading = ReadAsync();
        }

        public long Count => Volatile.Read(ref _count);

        public static async Task<Download> BeginAsync(TestNode node, string path) =>
            new(await node.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead));

        /// <summary>Waits for so many bytes, and fails if more came.</summary>
        public async Task HasComeAsync(long bytes)
        {
            await Eventually.IsTrueAsync(() => Count >= bytes, $"{bytes} bytes come; {Count} have");
            Assert.Equal(bytes, Count);
        }

        public async Task<byte[]> EndAsync()
        {
            await _reading.WaitAsync(Patience);
            return _received.ToArray();
        }

        public void Dispose()
        {
            _cancel.Cancel();
            _answer.Dispose();
        }

        private async Task ReadAsync()
        {
            await using var body = await _answer.Content.ReadAsStreamAsync();
            var buffer = new byte[4_096];
            while (await body.ReadAsync(buffer, _cancel.Token) is > 0 and var count)
            {
                _received.Write(buffer, 0, count);
                Interlocked.Add(ref _count, count);
            }
        }
    }
}
