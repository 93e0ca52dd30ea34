using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Throttle.Silo.Hosting;
using Throttle.Silo.Settings;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Silo;

/// <summary>A node in this process, on free ports, as a user sees it.</summary>
[Collection(SiloCollection.Name)]
public sealed class SiloNodeTests
{
    private const string Token = "s3cret-token";

    [Fact]
    public async Task Node_Alone_AnswersExactlyAndSaysItIsReady()
    {
        await using var node = await StartAsync();
        using var client = Client(node);
        var statuses = new List<int>();
        for (var i = 0; i < 25; i++)
        {
            statuses.Add(await AskAsync(client, "42"));
        }

        Assert.Equal(Enumerable.Repeat(200, 20).Concat(Enumerable.Repeat(429, 5)), statuses);
        Assert.Contains("\"status\":\"ready\"", await client.GetStringAsync("/health/ready"), StringComparison.Ordinal);
        using var rules = JsonDocument.Parse(await client.GetStringAsync("/v1/rules"));
        var shown = Assert.Single(rules.RootElement.GetProperty("nodes").EnumerateArray());
        Assert.Equal(node.Silo.ToParsableString(), shown.GetProperty("node").GetString());
        Assert.Equal(1, shown.GetProperty("version").GetInt64());
        using var dashboard = await client.GetAsync("/dashboard");
        Assert.Equal(404, (int)dashboard.StatusCode);
        Assert.Contains("orleans_", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);

        // Then the virtual clock gives everything back.
        using var moved = await client.PostAsync("/v1/clock", new StringContent("""{"advance":"2s"}""", Encoding.UTF8, "application/json"));
        Assert.Equal(200, await AskAsync(client, "42"));
        await node.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Gubernator_AtASilo_AnswersAsOnOneNode()
    {
        await using var node = await StartAsync();
        using var client = Client(node);
        const string Item = """{"name":"api","unique_key":"u1","hits":1,"limit":3,"duration":60000}""";
        const string Leaky = """{"name":"api","unique_key":"u2","hits":2,"limit":3,"duration":60000,"algorithm":"LEAKY_BUCKET","behavior":32}""";

        using var response = await client.PostAsync(
            "/v1/GetRateLimits", new StringContent($$"""{"requests":[{{Item}},{{Leaky}},{{Item}},{{Item}},{{Leaky}},{{Item}}]}"""));

        using var answers = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(
            ["UNDER_LIMIT 2", "UNDER_LIMIT 1", "UNDER_LIMIT 1", "UNDER_LIMIT 0", "OVER_LIMIT 0", "OVER_LIMIT 0"],
            answers.RootElement.GetProperty("responses").EnumerateArray().Select(a => $"{a.GetProperty("status")} {a.GetProperty("remaining")}"));
        Assert.Contains("\"status\":\"healthy\",\"message\":\"\",\"peer_count\":1,", await client.GetStringAsync("/v1/HealthCheck"), StringComparison.Ordinal);
        Assert.Contains("inline/gubernator", await client.GetStringAsync("/v1/usage"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dashboard_WithToken_IsGuardedOnEveryRoute()
    {
        await using var node = await StartAsync(("Dashboard", "true"), ("AdminToken", Token));
        using var client = Client(node);
        string[] paths =
        [
            "/dashboard", "/dashboard/", "/dashboard/index.html", "/dashboard/index.min.js", "/dashboard/version", "/dashboard/DashboardCounters",
            "/dashboard/ClusterStats", "/dashboard/Reminders", "/dashboard/TopGrainMethods", "/dashboard/GrainState", "/dashboard/GrainTypes",
            "/dashboard/Trace", "/DASHBOARD/version", "/dashboard/%76ersion",
        ];
        foreach (var path in paths)
        {
            using var refused = await client.GetAsync(path);
            Assert.True(refused.StatusCode == HttpStatusCode.Unauthorized, $"{path} answers {refused.StatusCode}.");
            Assert.StartsWith("Basic ", refused.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }

        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"me:{Token}")));
        Assert.Contains("<html", await client.GetStringAsync("/dashboard/"), StringComparison.OrdinalIgnoreCase);
        await Eventually.IsTrueAsync(
            async () => (await client.GetAsync("/dashboard/DashboardCounters")).IsSuccessStatusCode, "the dashboard has counters");
        Assert.DoesNotContain("ashboard", await client.GetStringAsync("/openapi/v1.json"), StringComparison.Ordinal);
        await node.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Dashboard_WithoutToken_IsForThisMachineOnly()
    {
        await using var node = await StartAsync(("Dashboard", "true"));
        using var client = Client(node);
        Assert.Contains("version", await client.GetStringAsync("/dashboard/version"), StringComparison.Ordinal);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/dashboard/version");
        request.Headers.Host = "evil.example";
        using var refused = await client.SendAsync(request);
        Assert.Equal(403, (int)refused.StatusCode);
        await node.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Stop_DelayAsked_IsNotReadyFirstAndStillAnswers()
    {
        await using var node = await StartAsync(("DrainDelay", "1h"));
        using var client = Client(node);
        using var cutShort = new CancellationTokenSource();

        var stopping = node.StopAsync(cutShort.Token);

        using var ready = await client.GetAsync("/health/ready");
        Assert.Equal(503, (int)ready.StatusCode);
        Assert.Contains("\"status\":\"stopping\"", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var live = await client.GetAsync("/health/live");
        Assert.Equal(200, (int)live.StatusCode);
        Assert.Equal(200, await AskAsync(client, "42"));
        await cutShort.CancelAsync();
        await stopping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task Node_OfARegion_SharesBucketsWithANodeByItself()
    {
        var rules = Path.GetTempFileName();
        await File.WriteAllTextAsync(rules, """
            version: 1
            rules:
              - { id: shared, key: [user], limit: { algorithm: token-bucket, capacity: 4, refill: 4/h }, replicate: true }
            """);
        var port = FreePorts.Take();
        await using var node = await StartAsync(
            ("Rules", rules), ("Region", "eu"), ("Peers", FormattableString.Invariant($"http://127.0.0.1:{port}")), ("PeerToken", Token));
        await using var peer = await Throttle.Api.Hosting.ThrottleNode.StartAsync(new()
        {
            Urls = [FormattableString.Invariant($"http://127.0.0.1:{port}")],
            RulesPath = rules,
            VirtualClockStart = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
            Replication = new() { Region = "us", Peers = [node.Addresses[0]], Token = Token },
        });
        using var eu = Client(node);
        using var us = new HttpClient { BaseAddress = new Uri(peer.Addresses[0]) };
        Assert.Equal((200, 200), (await AskAsync(eu, "42"), await AskAsync(us, "42")));

        await Eventually.IsTrueAsync(
            async () =>
            {
                // Its exchange goes by its clock.
                peer.VirtualClock!.Advance(TimeSpan.FromTicks(10_000));
                return await RemainingAsync(eu) == 2 && await RemainingAsync(us) == 2;
            },
            "each is charged for the other");

        using var refused = await eu.PostAsync("/v1/replication", new StringContent("{}"));
        Assert.Equal(401, (int)refused.StatusCode);
        var metrics = await eu.GetStringAsync("/metrics");
        Assert.Contains("throttle_replication_received_total{region=\"us\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("throttle_replication_behind{", metrics, StringComparison.Ordinal);
        Assert.Contains("/v1/replication", await eu.GetStringAsync("/openapi/v1.json"), StringComparison.Ordinal);
        await peer.StopAsync(CancellationToken.None);
        await node.StopAsync(CancellationToken.None);
        File.Delete(rules);
    }

    private static async Task<int> RemainingAsync(HttpClient client)
    {
        using var bucket = JsonDocument.Parse(await client.GetStringAsync("/v1/buckets/shared/42"));
        return bucket.RootElement.GetProperty("remaining").GetInt32();
    }

    [Fact]
    public async Task Envoy_OnASilo_AnswersAsOnOneNode()
    {
        var config = Path.Combine(Directory.CreateTempSubdirectory("throttle-envoy-").FullName, "envoy.yaml");
        await File.WriteAllTextAsync(
            config,
            """
            domain: d
            descriptors:
              - { key: user, rate_limit: { unit: minute, requests_per_unit: 3 } }
              - { key: all, value: a*, share_threshold: true, rate_limit: { unit: year, requests_per_unit: 10 } }
            """);
        await using var node = await StartAsync(("Envoy:Config", config), ("Envoy:Headers", "true"));
        using var client = Client(node);
        async Task<(int Status, string Body)> AskBothAsync(string user, string all, string more = "")
        {
            var body = $$$"""{"domain":"d","descriptors":[{"entries":[{"key":"user","value":"{{{user}}}"}]},{"entries":[{"key":"all","value":"{{{all}}}"}]{{{more}}}}]}""";
            using var response = await client.PostAsync("/json", new StringContent(body, Encoding.UTF8, "application/json"));
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(200, (await AskBothAsync("1", $"a{i}")).Status);
        }

        // Each descriptor counts on its own, whatever the other says; and what a descriptor settles is counted whether it fits or not.
        var (status, answer) = await AskBothAsync("1", "ax");
        Assert.Equal(429, status);
        Assert.Equal(
            """{"overallCode":"OVER_LIMIT","statuses":[{"code":"OVER_LIMIT","currentLimit":{"requestsPerUnit":3,"unit":"MINUTE"},"durationUntilReset":"60s"},{"code":"OK","currentLimit":{"requestsPerUnit":10,"unit":"YEAR"},"limitRemaining":6,"durationUntilReset":"30326400s"}],"responseHeadersToAdd":[{"key":"RateLimit-Limit","value":"3"},{"key":"RateLimit-Remaining","value":"0"},{"key":"RateLimit-Reset","value":"60"}]}""",
            answer);
        Assert.Equal(200, (await AskBothAsync("2", "a", ",\"hitsAddend\":0")).Status);
        Assert.Equal(429, (await AskBothAsync("2", "a", ",\"hitsAddend\":\"7\"")).Status);
        Assert.Equal(429, (await AskBothAsync("3", "a", ",\"hitsAddend\":0")).Status);
        Assert.Contains("d.user: unit=MINUTE", await client.GetStringAsync("/rlconfig"), StringComparison.Ordinal);
        Assert.Contains("throttle_envoy_over_limit_total{rule=\"d.user\"} 1\n", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        await node.StopAsync(CancellationToken.None);
        Directory.Delete(Path.GetDirectoryName(config)!, recursive: true);
    }

    [Fact]
    public async Task RedisPort_OfTwoSilos_SharesOneLimit()
    {
        int[] ports = [FreePorts.Take(), FreePorts.Take(), FreePorts.Take(), FreePorts.Take()];
        await using var first = await StartAsync(ports[0], ports[0], ("RedisPort", $"{ports[2]}"));
        await using var second = await StartAsync(ports[1], ports[0], ("RedisPort", $"{ports[3]}"));
        string[] cell = ["CL.THROTTLE", "user123", "9", "10", "60"];

        // One after the other, and each of a pipeline in its turn.
        Assert.Equal("0,10,9,-1,6", Assert.Single(await RedisAsync(first, cell)));
        Assert.Equal("0,10,8,-1,12", Assert.Single(await RedisAsync(second, cell)));
        string[] crab = ["THROTTLE", "user123", "10", "10", "60"];
        Assert.Equal(
            ["1,10,7,66,0", "ERR invalid max_burst: max_burst is 'x'; use 1 to 9007199254740992.", "0,10,6,-1,24", "PONG", "1,10,5,78,0"],
            await RedisAsync(second, crab, ["THROTTLE", "user123", "x", "10", "60"], cell, ["PING"], crab));
        Assert.Equal("1,10,5,-1,30", Assert.Single(await RedisAsync(first, [.. cell, "11"])));
        Assert.Equal("1,10,5,6,30", Assert.Single(await RedisAsync(first, [.. cell, "6"])));

        // And so do rules, with HTTP.
        Assert.Contains("remaining,19,", Assert.Single(await RedisAsync(first, ["THROTTLE.ACQUIRE", "per-client", "42"])), StringComparison.Ordinal);
        Assert.Contains("remaining,18,", Assert.Single(await RedisAsync(second, ["THROTTLE.ACQUIRE", "ATTR", "user", "42", "path", "/api/x"])), StringComparison.Ordinal);
        using var client = Client(first);
        Assert.Equal(200, await AskAsync(client, "42"));
        Assert.Contains("remaining,18,", Assert.Single(await RedisAsync(second, ["THROTTLE.RETURN", "per-client", "42"])), StringComparison.Ordinal);
        await second.StopAsync(CancellationToken.None);
        await first.StopAsync(CancellationToken.None);
    }

    /// <summary>Sends commands in one piece and reads their replies, of several with commas between.</summary>
    private static async Task<string[]> RedisAsync(SiloNode node, params string[][] commands)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(node.Front.RedisEndPoint!);
        using var reader = new StreamReader(tcp.GetStream());
        var sent = string.Concat(commands.Select(c => $"*{c.Length}\r\n{string.Concat(c.Select(a => $"${a.Length}\r\n{a}\r\n"))}"));
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(sent));
        var replies = new List<string>();
        while (replies.Count < commands.Length)
        {
            replies.Add(await ReadAsync(reader));
        }

        return [.. replies];
    }

    private static async Task<string> ReadAsync(StreamReader reader)
    {
        var line = await reader.ReadLineAsync() ?? throw new EndOfStreamException();
        if (line[0] == '$')
        {
            return line == "$-1" ? "null" : (await reader.ReadLineAsync())!;
        }

        if (line[0] != '*')
        {
            return line[1..];
        }

        var fields = new List<string>();
        for (var count = int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture); fields.Count < count;)
        {
            fields.Add(await ReadAsync(reader));
        }

        return string.Join(',', fields);
    }

    private static Task<SiloNode> StartAsync(params (string Key, string Value)[] given)
    {
        var port = FreePorts.Take();
        return StartAsync(port, port, given);
    }

    private static async Task<SiloNode> StartAsync(int port, int primary, params (string Key, string Value)[] given)
    {
        var values = new Dictionary<string, string?>
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["RedisPort"] = "0",
            ["Cluster:SiloPort"] = $"{port}",
            ["Cluster:GatewayPort"] = "0",
        };
        foreach (var (key, value) in given)
        {
            values[key] = value;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        var settings = new SettingsParser(configuration, TimeProvider.System, () => IPAddress.Loopback).Parse() with
        {
            Primary = new IPEndPoint(IPAddress.Loopback, primary),
            VirtualClockStart = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        };
        return await SiloNode.StartAsync(settings, configuration.GetSection("Logging"), _ => { }, CancellationToken.None);
    }

    private static HttpClient Client(SiloNode node) => new() { BaseAddress = new Uri(node.Addresses[0]), Timeout = TimeSpan.FromSeconds(60) };

    private static async Task<int> AskAsync(HttpClient client, string user)
    {
        var body = "{\"attributes\":{\"user\":\"" + user + "\",\"path\":\"/api/x\"}}";
        using var response = await client.PostAsync("/v1/acquire", new StringContent(body, Encoding.UTF8, "application/json"));
        return (int)response.StatusCode;
    }
}
