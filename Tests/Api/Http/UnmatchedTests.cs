using System.Net;
using Throttle.Core;
using Throttle.Tests.Api.Redis;

namespace Throttle.Tests.Api.Http;

/// <summary>How each front of a node answers a request that matches no rule, where such requests are refused.</summary>
public sealed class UnmatchedTests
{
    [Fact]
    public async Task Acquire_Refused_IsA429ThatNoWaitHelps()
    {
        await using var node = await StartAsync();

        var (status, body) = await node.AskAsync("""{"attributes":{"usr":"42"}}""");

        Assert.Equal(429, (int)status);
        Assert.Contains("\"allowed\":false", body, StringComparison.Ordinal);
        Assert.Contains("\"matched\":false", body, StringComparison.Ordinal);
        Assert.Contains("\"neverFits\":true", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForwardAuth_Refused_SaysThatNoRuleMatches()
    {
        await using var node = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/forward-auth");
        request.Headers.Add("X-Forwarded-Uri", "/none");
        request.Headers.Add("X-Forwarded-Method", "GET");
        request.Headers.Add("X-Forwarded-Host", "example.com");

        using var response = await node.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Null(response.Headers.RetryAfter);
        Assert.Contains("no-rule-matches", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redis_Refused_IsARefusalWithoutARule()
    {
        await using var node = await RedisNode.StartAsync(node: options => options with { Unmatched = UnmatchedRequests.Refuse });
        using var client = node.Connect();

        Assert.Equal(
            "allowed,0,rule,null,key,null,limit,null,remaining,null,retry-after-ms,-1,reset-after-ms,0,delay-ms,0", client.Ask("THROTTLE.ACQUIRE", "ATTR", "usr", "42"));
    }

    [Fact]
    public async Task Metrics_Unmatched_AreCounted()
    {
        await using var node = await StartAsync();
        await node.AskAsync("""{"attributes":{"usr":"42"}}""");

        Assert.Contains("throttle_requests_unmatched_total 1\n", await node.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    private static Task<TestNode> StartAsync() => TestNode.StartAsync(configure: options => options with { Unmatched = UnmatchedRequests.Refuse });
}
