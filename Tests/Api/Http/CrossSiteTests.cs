using System.Net;

namespace Throttle.Tests.Api.Http;

/// <summary>A page of another site can make its visitor's browser send simple requests; none of them may take or give permits.</summary>
public sealed class CrossSiteTests
{
    private const string Ask = """{"attributes":{"user":"42","path":"/api/x"}}""";
    private const string Rules = """
        version: 1
        rules:
          - { id: per-client, match: { path: /api/** }, key: [user], limit: { algorithm: token-bucket, capacity: 20, refill: 10/s } }
          - { id: jobs, key: [job], limit: { algorithm: queue, capacity: 5, drain: 1/s } }
        """;

    public static TheoryData<string, string> Changing => new()
    {
        { "/v1/acquire", Ask },
        { "/v1/return", Ask },
        { "/v1/renew", """{"lease":"x"}""" },
        { "/v1/begin", Ask },
        { "/v1/ran", Ask },
        { "/v1/queues/jobs/7?id=1", "work" },
        { "/v1/GetRateLimits", """{"requests":[{"name":"a","unique_key":"b","hits":1,"limit":5,"duration":1000}]}""" },
        { "/json", """{"domain":"d","descriptors":[]}""" },
        { "/v1/clock", """{"advance":"1s"}""" },
    };

    [Theory]
    [MemberData(nameof(Changing))]
    public async Task Post_FromAPageOfAnotherSite_ChangesNothing(string path, string body)
    {
        await using var node = await TestNode.StartAsync(Rules);
        foreach (var (name, value) in new[]
        {
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Site", ""),
            ("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", $"http://127.0.0.1:{node.Address.Port + 1}"),
        })
        {
            using var refused = await node.SendAsync(HttpMethod.Post, path, body, "text/plain", (name, value));
            var problem = await TestNode.ProblemAsync(refused, 403);
            Assert.Equal("cross-origin", problem.GetProperty("code").GetString());
            Assert.StartsWith($"{name} is '{value}'", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(TestNode.Start, node.Node.VirtualClock!.GetUtcNow());
        Assert.Contains("\"remaining\":19", (await node.AskAsync(Ask)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "http://{host}")]
    public async Task Post_FromItsOwnPage_IsAnswered(string name, string value)
    {
        await using var node = await TestNode.StartAsync(Rules);

        using var answer = await node.SendAsync(
            HttpMethod.Post, "/v1/acquire", Ask, "application/json", (name, value.Replace("{host}", node.Address.Authority, StringComparison.Ordinal)));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
