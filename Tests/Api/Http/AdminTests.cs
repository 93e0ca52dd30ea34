using System.Net;
using System.Text;
using Throttle.Api.Http;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Http;

public sealed class AdminTests
{
    private const string Token = "s3cret-token";
    private const string Rule = """{"limit":{"algorithm":"gcra","rate":"5/s","burst":2}}""";

    public static TheoryData<string, string, string?> Edits => new()
    {
        { "PUT", "/v1/rules", """{"version":1,"rules":[]}""" },
        { "PUT", "/v1/rules/x", Rule },
        { "DELETE", "/v1/rules/per-client", null },
        { "DELETE", "/v1/buckets/per-client/42", null },
        { "DELETE", "/v1/buckets/per-client", null },
        { "POST", "/v1/clock", """{"advance":"1s"}""" },
        { "POST", "/v1/return", """{"attributes":{"user":"42","path":"/api/x"}}""" },
    };

    public static TheoryData<string> Readings => new("/v1/rules", "/v1/rules/per-client", "/v1/usage", "/v1/usage?rule=per-client");

    [Theory]
    [MemberData(nameof(Edits))]
    public async Task Edit_WithTokenSet_NeedsExactlyIt(string method, string path, string? body)
    {
        await using var node = await TestNode.StartAsync(configure: o => o with { AdminToken = Token });
        var before = node.Node.Rules.Current;

        using (var missing = await node.SendAsync(new HttpMethod(method), path, body))
        {
            var problem = await TestNode.ProblemAsync(missing, 401);
            Assert.Equal("This needs the admin token; send it as 'Authorization: Bearer TOKEN'.", problem.GetProperty("detail").GetString());
            Assert.Equal("Bearer realm=\"throttle\"", missing.Headers.WwwAuthenticate.ToString());
        }

        foreach (var wrong in new[] { "Bearer ", "Bearer s3cret-toke", "Bearer s3cret-token2", "Bearer S3CRET-TOKEN", "Bearer x" })
        {
            using var refused = await node.SendAsync(new HttpMethod(method), path, body, "application/json", ("Authorization", wrong));
            var problem = await TestNode.ProblemAsync(refused, 401);
            Assert.DoesNotContain(Token, problem.ToString(), StringComparison.Ordinal);
        }

        using (var basic = await node.SendAsync(new HttpMethod(method), path, body, "application/json", ("Authorization", "Basic " + Token)))
        {
            await TestNode.ProblemAsync(basic, 401);
        }

        Assert.Same(before, node.Node.Rules.Current);
        Assert.Equal(TestNode.Start, node.Node.VirtualClock!.GetUtcNow());
        using var done = await node.SendAsync(new HttpMethod(method), path, body, "application/json", ("Authorization", "bearer " + Token));
        Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(Readings))]
    public async Task Reading_WithTokenSet_NeedsItAsBearerOrPassword(string path)
    {
        await using var node = await TestNode.StartAsync(configure: o => o with { AdminToken = Token });
        using var missing = await node.Client.GetAsync(path);
        var problem = await TestNode.ProblemAsync(missing, 401);
        Assert.DoesNotContain("per-client", problem.ToString(), StringComparison.Ordinal);
        foreach (var right in new[] { "Bearer " + Token, "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("me:" + Token)) })
        {
            using var read = await node.SendAsync(HttpMethod.Get, path, null, "application/json", ("Authorization", right));
            Assert.Equal(200, (int)read.StatusCode);
        }
    }

    [Theory]
    [MemberData(nameof(Readings))]
    public async Task Reading_ThroughAProxyWithoutToken_IsRefused(string path)
    {
        await using var node = await TestNode.StartAsync();
        using var open = await node.Client.GetAsync(path);
        Assert.Equal(200, (int)open.StatusCode);
        using var proxied = await node.SendAsync(HttpMethod.Get, path, null, "application/json", ("X-Forwarded-For", "192.0.2.1"));
        await TestNode.ProblemAsync(proxied, 403);
    }

    [Fact]
    public async Task Ready_FaultyRuleFile_QuotesItOnlyToThoseWhoMayReadIt()
    {
        await using var node = await TestNode.StartAsync(configure: o => o with { AdminToken = Token });
        await File.WriteAllTextAsync(node.RulesPath, "version: 1\nrules: [{ id: secret-rule }]\n");
        string? known = null;
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var read = await node.SendAsync(HttpMethod.Get, "/health/ready", null, "application/json", ("Authorization", "Bearer " + Token));
                known = await read.Content.ReadAsStringAsync();
                return !known.Contains("\"ruleFileError\":null", StringComparison.Ordinal);
            },
            "the faulty edit is told");

        Assert.Contains("limit", known, StringComparison.Ordinal);
        Assert.Contains(
            "\"ruleFileError\":\"The rule file has a faulty edit; the node's log says which.\"",
            await node.Client.GetStringAsync("/health/ready"),
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Edits))]
    public async Task Edit_OnLoopbackWithoutToken_IsOpenButNotToOtherSites(string method, string path, string? body)
    {
        await using var node = await TestNode.StartAsync();
        Assert.Null(node.Node.AdminToken);
        (string Header, string Value, string Code)[] refused =
        [
            ("Host", "evil.example", "host-not-loopback"),
            ("Host", "127.0.0.1.evil.example:8080", "host-not-loopback"),
            ("Host", "localhost.evil.example", "host-not-loopback"),
            ("Host", "10.0.0.1", "host-not-loopback"),
            ("Origin", "https://evil.example", "cross-origin"),
            ("Origin", "null", "cross-origin"),
            ("Sec-Fetch-Site", "cross-site", "cross-origin"),
        ];
        foreach (var (header, value, code) in refused)
        {
            using var response = await node.SendAsync(new HttpMethod(method), path, body, "application/json", (header, value));
            var problem = await TestNode.ProblemAsync(response, 403);
            Assert.Equal(code, problem.GetProperty("code").GetString());
            Assert.Contains($"'{value.Split(":8080")[0]}'", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        foreach (var field in new[] { "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via" })
        {
            using var response = await node.SendAsync(new HttpMethod(method), path, body, "application/json", (field, "1.1 proxy"));
            var problem = await TestNode.ProblemAsync(response, 403);
            Assert.Equal(
                $"The request came through a proxy, as its field {field} says; that needs an admin token.",
                problem.GetProperty("detail").GetString());
        }

        foreach (var host in new[] { "localhost", "LOCALHOST:8080", "127.0.0.1", "127.8.9.1", "[::1]:8080" })
        {
            using var allowed = await node.SendAsync(new HttpMethod(method), path, body, "application/json", ("Host", host));
            Assert.True(
                allowed.IsSuccessStatusCode || allowed.StatusCode == HttpStatusCode.NotFound,
                $"{host}: {await allowed.Content.ReadAsStringAsync()}");
        }
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    public async Task Start_BeyondLoopback_GeneratesATokenAndAsksForIt(string url)
    {
        await using var first = await TestNode.StartAsync(configure: o => o with { Urls = ["http://127.0.0.1:0", url] });
        await using var second = await TestNode.StartAsync(configure: o => o with { Urls = ["http://127.0.0.1:0", url] });
        Assert.True(first.Node.IsAdminTokenGenerated, "A node that others reach needs a token.");
        Assert.Equal(32, first.Node.AdminToken!.Length);
        Assert.NotEqual(first.Node.AdminToken, second.Node.AdminToken);

        using var refused = await first.SendAsync(HttpMethod.Put, "/v1/rules/x", Rule);
        await TestNode.ProblemAsync(refused, 401);
        using var done = await first.SendAsync(
            HttpMethod.Put, "/v1/rules/x", Rule, "application/json", ("Authorization", "Bearer " + first.Node.AdminToken));
        Assert.Equal(201, (int)done.StatusCode);
        using var read = await first.Client.GetAsync("/v1/rules");
        await TestNode.ProblemAsync(read, 401);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://127.1.2.3:8080", true)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("http://[::ffff:127.0.0.1]:8080", true)]
    [InlineData("http://unix:/run/throttle.sock", true)]
    [InlineData("http://0.0.0.0:8080", false)]
    [InlineData("http://[::]:8080", false)]
    [InlineData("http://*:8080", false)]
    [InlineData("http://+:8080", false)]
    [InlineData("http://10.0.0.1:8080", false)]
    [InlineData("http://localhost.example:8080", false)]
    [InlineData("http://127.0.0.1.example:8080", false)]
    public void Url_OfEachKind_IsLoopbackOrNot(string url, bool isLoopback) =>
        Assert.Equal(isLoopback, LoopbackHosts.IsLoopbackUrl(url));

    [Fact]
    public async Task Start_BeyondLoopbackWithToken_KeepsIt()
    {
        await using var node = await TestNode.StartAsync(
            configure: o => o with { Urls = ["http://127.0.0.1:0", "http://0.0.0.0:0"], AdminToken = Token });
        Assert.Equal(Token, node.Node.AdminToken);
        Assert.False(node.Node.IsAdminTokenGenerated, "The token was given.");
    }
}
