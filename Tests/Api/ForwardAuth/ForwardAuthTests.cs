using System.Net;
using System.Net.Sockets;
using System.Text;
using Throttle.AspNetCore.Requests;
using Throttle.Tests.Api.Http;

namespace Throttle.Tests.Api.ForwardAuth;

/// <summary>What proxies ask, and what they are told.</summary>
public sealed class ForwardAuthTests
{
    private const string Path = "/v1/forward-auth";
    private const string Rules = """
        version: 1
        rules:
          - { id: per-ip, match: { path: /api/** }, key: [ip], limit: { algorithm: token-bucket, capacity: 2, refill: 1/s } }
          - { id: writes, match: { path: /api/**, method: POST, host: shop.example, proto: https }, limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }
          - { id: per-key, match: { service: shop }, key: [x-api-key], limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }
          - { id: priced, match: { path: /only/by/name }, cost: x-size, limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }
        """;

    [Fact]
    public async Task Proxy_AsksForItsClients_EachHasItsBucket()
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var first = await AskAsync(node, "", ("X-Forwarded-For", "9.9.9.9, 203.0.113.1"), ("X-Forwarded-Uri", "/api/x?y"));
        using var second = await AskAsync(node, "", ("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-Uri", "/%61pi/x"));
        using var third = await AskAsync(node, "", ("X-Forwarded-For", "203.0.113.1"), ("X-Original-URI", "/a/../api/x"));
        using var other = await AskAsync(node, "", ("X-Forwarded-For", "203.0.113.2"), ("X-Original-URL", "https://shop.example/api/x"));

        Assert.Equal((HttpStatusCode.OK, 0L), (first.StatusCode, first.Content.Headers.ContentLength));
        Assert.Equal("\"per-ip\";r=1;t=1", first.Headers.GetValues("RateLimit").Single());
        Assert.Equal("\"per-ip\";q=2;w=2", first.Headers.GetValues("RateLimit-Policy").Single());
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (third.StatusCode, third.Headers.RetryAfter!.ToString()));
        Assert.Contains("\"code\":\"quota-exceeded\"", await third.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task LongPath_MatchesByItsEnd_AndALongerOneIsRefused()
    {
        await using var node = await TestNode.StartAsync(
            "version: 1\nrules: [{ id: deletes, match: { path: /files/**/delete }, limit: { algorithm: token-bucket, capacity: 1, refill: 1/h } }]\n");
        var path = $"/files/{new string('x', 5_000)}/delete";

        using var first = await AskAsync(node, "", ("X-Forwarded-Uri", path));
        using var second = await AskAsync(node, "", ("X-Forwarded-Uri", path));
        using var tooLong = await AskAsync(node, "", ("X-Forwarded-Uri", $"/files/{new string('x', 8_192)}/delete"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, second.StatusCode));
        var problem = await TestNode.ProblemAsync(tooLong, 400);
        Assert.Equal("The attribute 'path' has 8206 characters; use 0 to 8192.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Stranger_IsTheClientItself()
    {
        await using var node = await TestNode.StartAsync(Rules, o => o with { TrustedProxies = TrustedProxies.None });

        for (var i = 0; i < 3; i++)
        {
            // Its own path is not limited, and what it says of others is not believed.
            using var answer = await AskAsync(node, "", ("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-Uri", "/api/x"));
            Assert.Equal((HttpStatusCode.OK, false), (answer.StatusCode, answer.Headers.Contains("RateLimit")));
        }

        using var named = await AskAsync(node, "?rule=per-ip", ("X-Forwarded-For", "203.0.113.1"));
        Assert.True(named.IsSuccessStatusCode);
        Assert.Contains("\"remaining\":1,", await node.Client.GetStringAsync("/v1/buckets/per-ip/127.0.0.1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    public async Task Method_OfTheQuestion_DoesNotMatter(string method)
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var answer = await node.SendAsync(
            new HttpMethod(method), Path, null, "", ("X-Forwarded-Method", "post"), ("X-Forwarded-Uri", "/api/x"), ("X-Forwarded-Host", "evil, Shop.Example:443"), ("X-Forwarded-Proto", "HTTPS"));
        using var again = await AskAsync(node, "", ("X-Forwarded-Method", "POST"), ("X-Forwarded-Uri", "/api/x"), ("X-Original-URL", "https://shop.example/api/x"));

        Assert.Equal("\"per-ip\";r=1;t=1, \"writes\";r=0;t=3600", answer.Headers.GetValues("RateLimit").Single());
        Assert.Equal(HttpStatusCode.TooManyRequests, again.StatusCode);
    }

    [Fact]
    public async Task Refusal_With403_KeepsItsFields()
    {
        await using var node = await TestNode.StartAsync(Rules);
        await AskAsync(node, "?rule=per-ip");
        await AskAsync(node, "?rule=per-ip");

        using var answer = await AskAsync(node, "?rule=per-ip&refuse=403");

        Assert.Equal((HttpStatusCode.Forbidden, "1"), (answer.StatusCode, answer.Headers.RetryAfter!.ToString()));
        Assert.Contains("\"status\":403", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seconds", "1")]
    [InlineData("unix-time", "1767225601")]
    public async Task Fields_OfOldClients_AreAddedWhereAskedFor(string form, string reset)
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var answer = await AskAsync(node, $"?rule=per-ip&legacy-fields={form}");

        Assert.Equal(
            ["2", "1", reset], [.. new[] { "Limit", "Remaining", "Reset" }.Select(name => answer.Headers.GetValues($"X-RateLimit-{name}").Single())]);
    }

    [Fact]
    public async Task Query_HeadersAndAttributes_AreAdded()
    {
        await using var node = await TestNode.StartAsync(Rules);
        const string Query = "?header=X-Key:x-api-key&attribute=service:shop&header=X-Missing";

        using var first = await AskAsync(node, Query, ("X-Key", "k1"));
        using var second = await AskAsync(node, Query, ("X-Key", "k1"));
        using var other = await AskAsync(node, Query, ("X-Key", "k2"));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.OK], [first.StatusCode, second.StatusCode, other.StatusCode]);
    }

    [Theory]
    [InlineData("?rule=none", "no-such-rule", "There is no rule 'none'; there are per-ip, writes, per-key, priced.")]
    [InlineData("?rule=", "invalid-field", "rule is ; use the id of one rule.")]
    [InlineData("?rule=a&rule=b", "invalid-field", "rule is b; use the id of one rule.")]
    [InlineData("?refuse=500", "invalid-field", "refuse is 500; use 429 or 403.")]
    [InlineData("?encoded-slash=allow", "invalid-field", "encoded-slash is allow; use refuse, keep or split.")]
    [InlineData("?path-case=lower", "invalid-field", "path-case is lower; use ignore or keep.")]
    [InlineData("?legacy-fields=true", "invalid-field", "legacy-fields is true; use seconds or unix-time.")]
    [InlineData("?proxy-fields=both", "invalid-field", "proxy-fields is both; use any, x-forwarded or forwarded.")]
    [InlineData("?last-slash=", "invalid-field", "last-slash is ; use ignore or keep.")]
    [InlineData("?header=ip", "invalid-field", "header is ip; use the name of a header field, or with a colon also an attribute's; ip, method, path, host and proto are taken.")]
    [InlineData("?header=a%20b", "invalid-field", "header is a b; use the name of a header field, or with a colon also an attribute's; ip, method, path, host and proto are taken.")]
    [InlineData("?header=X-User:path", "invalid-field", "header is X-User:path; use the name of a header field, or with a colon also an attribute's; ip, method, path, host and proto are taken.")]
    [InlineData("?header=X-User:", "invalid-field", "header is X-User:; use the name of a header field, or with a colon also an attribute's; ip, method, path, host and proto are taken.")]
    [InlineData("?attribute=service", "invalid-field", "attribute is service; use a name of 1 to 100 characters, a colon, and the value; ip, method, path, host and proto are taken.")]
    [InlineData("?attribute=ip:1.1.1.1", "invalid-field", "attribute is ip:1.1.1.1; use a name of 1 to 100 characters, a colon, and the value; ip, method, path, host and proto are taken.")]
    [InlineData("?wait=1s", "unknown-parameter", "There is no parameter 'wait'; use rule, refuse, encoded-slash, path-case, last-slash, proxy-fields, legacy-fields, header, attribute.")]
    [InlineData("?rule=priced&header=x-size", "invalid-request", "Rule 'priced' needs the attribute 'x-size'; the request lacks it.")]
    public async Task Query_Faulty_IsNamed(string query, string code, string detail)
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var answer = await AskAsync(node, query);

        var problem = await TestNode.ProblemAsync(answer, 400);
        Assert.Equal((code, detail), (problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()));
    }

    [Theory]
    [InlineData("X-Forwarded-Uri", "/static/x", "X-Original-URI", "/api/x")]
    [InlineData("X-Forwarded-Uri", "/static/x", "X-Original-URL", "https://shop.example/api/x")]
    [InlineData("X-Forwarded-Method", "GET", "X-Original-Method", "POST")]
    [InlineData("X-Forwarded-Host", "other.example", "X-Original-URL", "https://shop.example/api/x")]
    [InlineData("Forwarded", "host=other.example", "X-Original-URL", "https://shop.example/api/x")]
    [InlineData("Forwarded", "proto=http", "X-Original-URL", "https://shop.example/api/x")]
    public async Task Headers_ThatDisagree_AreNotGuessedFrom(string one, string oneValue, string other, string otherValue)
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var answer = await AskAsync(node, "", (one, oneValue), (other, otherValue));

        var problem = await TestNode.ProblemAsync(answer, 400);
        Assert.Equal("ambiguous-header", problem.GetProperty("code").GetString());
        Assert.StartsWith($"{one} and {other} differ in the ", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    // One element says all three; the last one counts, which the nearest proxy wrote.
    [InlineData("", "for=203.0.113.1;host=shop.example;proto=https", "", "203.0.113.1", true)]
    [InlineData("", "for=9.9.9.9;host=other.example;proto=http, for=\"203.0.113.1:4711\";host=\"Shop.Example:443\";proto=HTTPS", "", "203.0.113.1", true)]
    [InlineData("", "for=203.0.113.1;host=other.example;proto=https", "", "203.0.113.1", false)]
    [InlineData("", "for=203.0.113.1;host=shop.example", "", "203.0.113.1", false)]
    // Beside any X-Forwarded-…, Forwarded is the client's word.
    [InlineData("", "for=203.0.113.1;host=shop.example;proto=https", "X-Forwarded-Proto: https", "127.0.0.1", false)]
    [InlineData("", "for=203.0.113.1;host=other.example;proto=http", "X-Forwarded-For: 203.0.113.2|X-Forwarded-Host: shop.example|X-Forwarded-Proto: https", "203.0.113.2", true)]
    [InlineData("?proxy-fields=forwarded", "for=203.0.113.1;host=shop.example;proto=https", "X-Forwarded-For: 203.0.113.2|X-Forwarded-Host: other.example", "203.0.113.1", true)]
    [InlineData("?proxy-fields=x-forwarded", "for=203.0.113.1;host=shop.example;proto=https", "", "127.0.0.1", false)]
    [InlineData("?proxy-fields=x-forwarded", "for=\"", "", "127.0.0.1", false)]
    public async Task Forwarded_WhereItCounts_SaysWhoTheClientIs(string query, string forwarded, string others, string ip, bool isShop)
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var answer = await AskAsync(
            node,
            query,
            [("Forwarded", forwarded), ("X-Forwarded-Uri", "/api/x"), ("X-Forwarded-Method", "POST"), .. others.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(field => (field.Split(": ")[0], field.Split(": ")[1]))]);

        Assert.Equal(isShop ? "\"per-ip\";r=1;t=1, \"writes\";r=0;t=3600" : "\"per-ip\";r=1;t=1", answer.Headers.GetValues("RateLimit").Single());
        Assert.Contains("\"remaining\":1,", await node.Client.GetStringAsync($"/v1/buckets/per-ip/{ip}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forwarded_OfAStranger_SaysNothing()
    {
        await using var node = await TestNode.StartAsync(Rules, o => o with { TrustedProxies = TrustedProxies.None });

        using var answer = await AskAsync(node, "?rule=per-ip&proxy-fields=forwarded", ("Forwarded", "for=203.0.113.1"));

        Assert.True(answer.IsSuccessStatusCode);
        Assert.Contains("\"remaining\":1,", await node.Client.GetStringAsync("/v1/buckets/per-ip/127.0.0.1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("for=203.0.113.1;host=\"shop.example")]
    [InlineData("for=203.0.113.1;host=shop.example;host=other.example")]
    [InlineData("203.0.113.1")]
    public async Task Forwarded_Malformed_IsNotGuessedFrom(string forwarded)
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var answer = await AskAsync(node, "", ("Forwarded", forwarded), ("X-Forwarded-Uri", "/api/x"));

        var problem = await TestNode.ProblemAsync(answer, 400);
        Assert.Equal(("invalid-field", "Forwarded"), (problem.GetProperty("code").GetString(), problem.GetProperty("field").GetString()));
        Assert.StartsWith($"Forwarded is {forwarded}; use what RFC 7239 says", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Forwarded-Uri", "/a//../api/x")]
    [InlineData("X-Original-URI", "/api%2Fx")]
    [InlineData("X-Original-URL", "https://shop.example/api%5Cx")]
    public async Task Path_ThatCanBeReadAsTwo_IsNotGuessedFrom(string header, string value)
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var answer = await AskAsync(node, "", (header, value));

        var problem = await TestNode.ProblemAsync(answer, 400);
        Assert.Equal(("invalid-path", header), (problem.GetProperty("code").GetString(), problem.GetProperty("field").GetString()));
        Assert.Equal(
            $"{header} is '{value}', which can be read as more than one path; use one without backslashes, dots behind doubled slashes and, unless encoded-slash says how to read them, encoded slashes.",
            problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("?encoded-slash=keep", "/api%2fx", false)]
    [InlineData("?encoded-slash=split", "/api%2fx", true)]
    [InlineData("?encoded-slash=keep", "/api/a%2Fb", true)]
    public async Task Path_WithAnEncodedSlash_IsReadAsItIsSaid(string query, string uri, bool isLimited)
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var answer = await AskAsync(node, query, ("X-Forwarded-Uri", uri));

        Assert.Equal((HttpStatusCode.OK, isLimited), (answer.StatusCode, answer.Headers.Contains("RateLimit")));
    }

    [Theory]
    [InlineData("", "/API/x", false)]
    [InlineData("?path-case=ignore", "/API/x", true)]
    [InlineData("?path-case=ignore&path-case=keep", "/API/x", false)]
    [InlineData("", "/api", false)]
    [InlineData("?last-slash=ignore", "/api", true)]
    [InlineData("?last-slash=ignore", "/api/x/", true)]
    [InlineData("?last-slash=ignore", "/API", false)]
    [InlineData("?last-slash=ignore&path-case=ignore", "/API/", true)]
    public async Task Path_SpelledOtherwise_IsReadAsItIsSaid(string query, string uri, bool isLimited)
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var answer = await AskAsync(node, query, ("X-Forwarded-Uri", uri));

        Assert.Equal((HttpStatusCode.OK, isLimited), (answer.StatusCode, answer.Headers.Contains("RateLimit")));
    }

    [Fact]
    public async Task Header_WrittenTwice_IsNotGuessedFrom()
    {
        await using var node = await TestNode.StartAsync(Rules);

        // By hand: HttpClient would write both into one line.
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, node.Address.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {Path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-Uri: /static/x\r\nX-Forwarded-Uri: /api/x\r\n\r\n"));
        using var reader = new StreamReader(connection.GetStream());
        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("X-Forwarded-Uri is there more than once; let the proxy write it anew.", answer, StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> AskAsync(TestNode node, string query, params (string Name, string Value)[] headers) =>
        node.SendAsync(HttpMethod.Get, Path + query, null, "", headers);
}
