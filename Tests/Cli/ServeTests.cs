using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cli;

public sealed class ServeTests : IDisposable
{
    private const string Rules = """
        version: 1
        rules:
          - id: api
            match: { path: /api/** }
            key: [user]
            limit: { algorithm: token-bucket, capacity: 2, refill: 1/s }
        """;

    private readonly TempFolder _folder = new();
    private readonly HttpClient _http = new();

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [UnixFact]
    public async Task Serve_WithoutRules_HasSamplesAndStopsOnSigTerm()
    {
        await using var node = ThrottleProcess.Start("serve", "--urls", "http://127.0.0.1:0");
        var banner = await node.WaitForOutputAsync("curl -i ");
        var (url, body) = CurlIn(await node.WaitForOutputAsync("}}'"));

        var answer = await AcquireAsync(url, body);
        node.Terminate();
        var exitCode = await node.WaitForExitAsync();

        Assert.Contains("Sample rules, in memory", banner, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.NotEmpty(answer.Json.GetProperty("rules").EnumerateArray());
        Assert.DoesNotContain("Admin token", node.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("virtual", node.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', node.Output);
        Assert.Equal((0, ""), (exitCode, node.Error));
        Assert.EndsWith("Stopped.\n", node.Output, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Serve_VirtualClock_StandsStillUntilMoved()
    {
        await using var node = ThrottleProcess.Start(
            "serve", "--rules", _folder.Write("rules.yaml", Rules), "--urls", "http://127.0.0.1:0", "--virtual-clock", "2026-01-01T00:00:00Z");
        var (url, body) = CurlIn(await node.WaitForOutputAsync("advance"));

        var first = await AcquireAsync(url, body);
        var second = await AcquireAsync(url, body);
        var third = await AcquireAsync(url, body);
        using var moved = await _http.PostAsJsonAsync(new Uri(url, "/v1/clock"), new { advance = "1s" });
        var fourth = await AcquireAsync(url, body);
        node.Interrupt();

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK],
            [first.Status, second.Status, third.Status, fourth.Status]);
        Assert.Equal(HttpStatusCode.OK, moved.StatusCode);
        Assert.Equal(1_767_225_601m, fourth.Json.GetProperty("at").GetDecimal());
        Assert.Contains("The clock is virtual: it stands at 2026-01-01T00:00:00Z until moved:", node.Output, StringComparison.Ordinal);
        Assert.Equal(0, await node.WaitForExitAsync());
    }

    [UnixFact]
    public async Task Serve_RequestInFlight_IsFinishedBeforeTheEnd()
    {
        await using var node = ThrottleProcess.Start(
            "serve", "--rules", _folder.Write("rules.yaml", """
                version: 1
                rules:
                  - id: one
                    limit: { algorithm: concurrency, limit: 1, lease: 1h }
                """), "--urls", "http://127.0.0.1:0");
        var (url, _) = CurlIn(await node.WaitForOutputAsync("curl -i "));
        await AcquireAsync(url, """{"attributes":{}}""");

        var waiting = AcquireAsync(url, """{"attributes":{},"wait":"2s"}""");
        await WaitForMetricAsync(url, "throttle_waiters", waiting);
        node.Terminate();

        Assert.Equal(HttpStatusCode.TooManyRequests, (await waiting).Status);
        Assert.Equal(0, await node.WaitForExitAsync());
    }

    [Fact]
    public async Task Serve_EveryAddress_MakesUpATokenAndSaysIt()
    {
        await using var node = ThrottleProcess.Start(
            "serve", "--rules", _folder.Write("rules.yaml", Rules), "--urls", "http://127.0.0.1:0", "http://0.0.0.0:0");
        var banner = await node.WaitForOutputAsync("Admin token, for edits and resets: ");
        banner = await node.WaitForOutputAsync(Regex.Match(banner, "Admin token, .*").Value + "\n");
        var token = Regex.Match(banner, @"resets: (\S+)").Groups[1].Value;
        var (url, _) = CurlIn(banner);
        string[] apply = ["rules", "apply", _folder.Write("new.yaml", Rules), "--server", url.GetLeftPart(UriPartial.Authority)];

        var without = await CommandRun.RunAsync(apply);
        var with = await CommandRun.RunAsync([.. apply, "--admin-token", token]);

        Assert.Equal([1, 0], [without.ExitCode, with.ExitCode]);
        Assert.Equal(2, Regex.Count(banner, "listens on http://(127.0.0.1|0.0.0.0):[1-9]"));
    }

    [UnixFact]
    public async Task Serve_SigHup_ReadsTheFilesAgainAndGoesOn()
    {
        var token = _folder.Write("token", "first\n");
        await using var node = ThrottleProcess.Start(
            "serve", "--rules", _folder.Write("rules.yaml", Rules), "--urls", "http://127.0.0.1:0", "--admin-token-file", token);
        var (url, body) = CurlIn(await node.WaitForOutputAsync("}}'"));
        string[] apply = ["rules", "apply", _folder.Write("new.yaml", Rules), "--server", url.GetLeftPart(UriPartial.Authority), "--admin-token-file", token];

        var before = await CommandRun.RunAsync(apply);
        await File.WriteAllTextAsync(token, "second\n");
        var between = await CommandRun.RunAsync(apply);
        node.HangUp();
        await node.WaitForErrorAsync($"SIGHUP: The rule file '{_folder.PathOf("rules.yaml")}' was read; version ");
        await node.WaitForErrorAsync($"SIGHUP: The admin token file '{token}' was read.");
        var after = await CommandRun.RunAsync(apply);
        await File.WriteAllTextAsync(token, "two words");
        node.HangUp();
        await node.WaitForErrorAsync("The token from before stays in force.");

        Assert.Equal((0, 1, 0), (before.ExitCode, between.ExitCode, after.ExitCode));
        Assert.Equal(HttpStatusCode.OK, (await AcquireAsync(url, body)).Status);
        Assert.DoesNotContain("second", node.Output + node.Error, StringComparison.Ordinal);
        node.Terminate();
        Assert.Equal(0, await node.WaitForExitAsync());
    }

    [UnixFact]
    public async Task Serve_LogLevels_AreHeeded()
    {
        await using var node = ThrottleProcess.Start("serve", "--urls", "http://127.0.0.1:0", "--log", "Throttle=Error", "Microsoft.AspNetCore.Hosting=Information");
        var (url, body) = CurlIn(await node.WaitForOutputAsync("}}'"));

        node.HangUp();
        await AcquireAsync(url, body);
        await node.WaitForErrorAsync("Request finished");
        node.Terminate();

        Assert.Equal(0, await node.WaitForExitAsync());
        Assert.DoesNotContain("SIGHUP", node.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_RulesThatFillSlowly_AreWarnedOf()
    {
        var rules = Rules.Replace("refill: 1/s", "refill: 2/30d", StringComparison.Ordinal);
        await using var node = ThrottleProcess.Start("serve", "--rules", _folder.Write("rules.yaml", rules), "--urls", "http://127.0.0.1:0");

        Assert.Contains("a restart begins them anew: api (30d)", await node.WaitForOutputAsync("}}'"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://x", "--max-buckets", "0", "urls has 'ftp://x'; use http", "--max-buckets is '0'")]
    [InlineData("nowhere", "--log", "Loud", "urls has 'nowhere'", "--log is 'Loud'; use")]
    [InlineData("http://x/y", "--log", "A=", "urls has 'http://x/y'", "--log is 'A='; use")]
    public async Task Serve_SeveralFaults_AreAllListed(string url, string option, string value, params string[] faults)
    {
        var run = await CommandRun.RunAsync("serve", "--urls", url, option, value);

        Assert.Equal(1, run.ExitCode);
        Assert.All(faults, fault => Assert.Contains(fault, run.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Serve_TwoTokens_AreAFault() => Assert.Contains(
        "--admin-token and --admin-token-file cannot be combined",
        (await CommandRun.RunAsync("serve", "--admin-token", "a", "--admin-token-file", "b")).Error,
        StringComparison.Ordinal);

    [Fact]
    public async Task Serve_BadEdit_IsPrintedAndChangesNothing()
    {
        var path = _folder.Write("rules.yaml", Rules);
        await using var node = ThrottleProcess.Start("serve", "--rules", path, "--urls", "http://127.0.0.1:0");
        var (url, _) = CurlIn(await node.WaitForOutputAsync("}}'"));

        await File.WriteAllTextAsync(path, Rules.Replace("capacity: 2", "capacity: 0", StringComparison.Ordinal));
        await node.WaitForErrorAsync("line 6: rules[0].limit.capacity: ");

        var rules = await CommandRun.RunAsync("rules", "show", "--server", url.GetLeftPart(UriPartial.Authority));
        Assert.Contains("capacity 2, refill 1/s", rules.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_BadRuleFile_NamesEveryFaultAndEnds()
    {
        var path = _folder.Write(
            "rules.yaml", Rules.Replace("capacity: 2", "capacity: 0", StringComparison.Ordinal).Replace("1/s", "fast", StringComparison.Ordinal));
        await using var node = ThrottleProcess.Start("serve", "--rules", path, "--urls", "http://127.0.0.1:0");

        Assert.Equal(1, await node.WaitForExitAsync());
        Assert.StartsWith($"throttle: '{path}' has 2 faults:\n", node.Error, StringComparison.Ordinal);
        Assert.Contains("\n  line 6: rules[0].limit.capacity: ", node.Error, StringComparison.Ordinal);
        Assert.Contains("\n  line 6: rules[0].limit.refill: ", node.Error, StringComparison.Ordinal);
        Assert.Equal(("", 3), (node.Output, node.Error.TrimEnd().Split('\n').Length));
    }

    [UnixFact]
    public async Task Serve_ManyRules_ShowsSomeAndSaysHowManyMore()
    {
        var rules = string.Concat(Enumerable.Range(0, 1_032).Select(i =>
            $"  - {{ id: r{i}, key: [user], limit: {{ algorithm: gcra, rate: 1/s, burst: 1 }} }}\n"));
        await using var node = ThrottleProcess.Start(
            "serve", "--rules", _folder.Write("rules.yaml", "version: 1\nrules:\n" + rules), "--urls", "http://127.0.0.1:0");
        await node.WaitForOutputAsync("curl -i ");
        node.Terminate();
        Assert.Equal(0, await node.WaitForExitAsync());

        Assert.Contains("  r29  ", node.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("  r30  ", node.Output, StringComparison.Ordinal);
        Assert.Contains("\n  … and 1,002 more; 'throttle rules show' lists them all.\n", node.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", "127.0.0.1", 1)]
    [InlineData("192.0.2.0/24,127.0.0.1", "203.0.113.7", 1)]
    [InlineData("192.0.2.0/24,127.0.0.1", "127.0.0.1", 2)]
    public async Task Serve_TrustedProxies_SayWhoTheClientIs(string proxies, string asked, int left)
    {
        await using var node = ThrottleProcess.Start(
            "serve", "--urls", "http://127.0.0.1:0", "--trusted-proxies", proxies, "--rules",
            _folder.Write("rules.yaml", "version: 1\nrules:\n  - { id: per-ip, key: [ip], limit: { algorithm: token-bucket, capacity: 2, refill: 1/h } }"));
        using var client = new HttpClient { BaseAddress = new Uri(Regex.Match(await node.WaitForOutputAsync("Try it:"), @"listens on (\S+)").Groups[1].Value) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/forward-auth") { Headers = { { "X-Forwarded-For", "203.0.113.7" } } };

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains($"\"remaining\":{left},", await client.GetStringAsync($"/v1/buckets/per-ip/{asked}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_PortInUse_IsOneClearLine()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://{taken.LocalEndpoint}";
        await using var node = ThrottleProcess.Start("serve", "--urls", url);

        Assert.Equal(1, await node.WaitForExitAsync());
        Assert.Equal($"throttle: Failed to bind to address {url}: address already in use. Choose another with --urls; port 0 takes a free one.\n", node.Error);
    }

    [Fact]
    public async Task Serve_RedisPortInUse_IsOneClearLine()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var node = ThrottleProcess.Start("serve", "--urls", "http://127.0.0.1:0", "--redis-port", $"{port}");

        Assert.Equal(1, await node.WaitForExitAsync());
        Assert.Equal(
            $"throttle: Cannot listen on 127.0.0.1:{port} for the Redis protocol: it is in use. Choose another with --redis-port, or 0 for none.\n", node.Error);
    }

    [UnixFact]
    public async Task Serve_RedisPort_SpeaksThereAndSaysHowToTryIt()
    {
        var port = FreePorts.Take();
        await using var node = ThrottleProcess.Start("serve", "--urls", "http://127.0.0.1:0", "--redis-port", $"{port}");
        await node.WaitForOutputAsync($"  redis-cli -p {port} CL.THROTTLE user123 15 30 60\n");
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        using var reader = new StreamReader(client.GetStream());
        await client.GetStream().WriteAsync("CL.THROTTLE user123 15 30 60\r\n"u8.ToArray());
        var reply = new List<string?>();
        while (reply.Count < 6)
        {
            reply.Add(await reader.ReadLineAsync());
        }

        node.Terminate();
        Assert.Equal(["*5", ":0", ":16", ":15", ":-1", ":2"], reply);
        Assert.Contains($"throttle speaks the Redis protocol on 127.0.0.1:{port}\n", node.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (await node.WaitForExitAsync(), node.Error));
    }

    [Fact]
    public async Task Serve_AddressOfAnotherMachine_IsOneClearLine()
    {
        // 192.0.2.0/24 is kept for documents: no machine has such an address.
        await using var node = ThrottleProcess.Start("serve", "--urls", "http://192.0.2.1:8080");

        Assert.Equal(1, await node.WaitForExitAsync());
        Assert.StartsWith("throttle: Cannot listen on http://192.0.2.1:8080: ", node.Error, StringComparison.Ordinal);
        Assert.Single(node.Error.TrimEnd().Split('\n'));
    }

    [UnixFact]
    public async Task Replay_InTwoProcesses_WritesTheSameBytes()
    {
        const int Seed = 9;
        var random = new Random(Seed);
        var input = _folder.Write("input.jsonl", string.Join('\n', Enumerable.Range(0, 2_000).Select(_ =>
            $$$"""{"at":{{{random.Next(300)}}},"attributes":{"path":"/api/x","user":"u{{{random.Next(50)}}}"}}""")));
        var rules = _folder.Write("rules.yaml", Rules + """

              - id: held
                key: [user]
                mode: shadow
                limit: { algorithm: concurrency, limit: 1, lease: 30s }
              - id: logged
                key: [path]
                limit: { algorithm: sliding-log, limit: 200, window: 1m }
            """);
        var reports = new List<string>();
        foreach (var output in new[] { "one", "two" })
        {
            await using var replay = ThrottleProcess.Start("replay", "--rules", rules, input, "--out", _folder.PathOf(output));
            Assert.Equal(0, await replay.WaitForExitAsync());
            reports.Add(replay.Output);
        }

        Assert.Equal(reports[0], reports[1]);
        Assert.Equal(await File.ReadAllBytesAsync(_folder.PathOf("one")), await File.ReadAllBytesAsync(_folder.PathOf("two")));
        Assert.DoesNotContain('\u001b', reports[0]);
    }

    [UnixFact]
    public async Task Replay_Interrupted_StopsAndSaysSo()
    {
        var input = _folder.Write("input.jsonl", """
            {"at":0,"attributes":{"path":"/api/x","user":"a"}}
            {"at":100000,"attributes":{"path":"/api/x","user":"a"}}
            """);
        await using var replay = ThrottleProcess.Start(
            "replay", "--rules", _folder.Write("rules.yaml", Rules), input, "--out", "-", "--speed", "1x");
        await replay.WaitForOutputAsync("\n");

        replay.Interrupt();

        Assert.Equal(130, await replay.WaitForExitAsync());
        Assert.Equal("throttle: stopped before the end.\n", replay.Error);
        Assert.Single(replay.Output.TrimEnd().Split('\n'));
    }

    /// <summary>The address and body of the curl line that the node printed.</summary>
    private static (Uri Url, string Body) CurlIn(string banner)
    {
        var curl = Regex.Match(banner, @"curl -i (http://\S+) -d '(.*)'");
        Assert.True(curl.Success, $"The banner should have a curl line. It is: {banner}");
        return (new Uri(curl.Groups[1].Value), curl.Groups[2].Value);
    }

    private async Task<(HttpStatusCode Status, JsonElement Json)> AcquireAsync(Uri url, string body)
    {
        using var content = new StringContent(body);
        using var response = await _http.PostAsync(url, content);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    private Task WaitForMetricAsync(Uri url, string metric, Task orUntil) => Eventually.IsTrueAsync(
        async () => orUntil.IsCompleted
            || Regex.IsMatch(await _http.GetStringAsync(new Uri(url, "/metrics")), $"(?m)^{metric}(\\{{.*\\}})? [1-9]"),
        $"the metric {metric} is above zero, once the request is in line");
}
