using System.Net;
using Throttle.Tests.Api.Http;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.ForwardAuth;

/// <summary>nginx, set up as README says, in front of a sample.</summary>
public sealed class NginxTests
{
    private const string Rules = """
        version: 1
        rules:
          - { id: health, match: { path: /health, method: GET }, key: [ip], limit: { algorithm: token-bucket, capacity: 3, refill: 1/10s } }
        """;

    [NginxFact]
    public async Task Requests_ThroughNginx_AreLimitedByTheNode()
    {
        await using var node = await TestNode.StartAsync(Rules);
        await using var sample = await SampleProcess.StartAsync("Middleware");
        await using var nginx = await Nginx.StartAsync(node.Address.Port, sample.Client.BaseAddress!.Port);

        using var first = await nginx.Client.GetAsync("/health?x");
        Assert.Equal("As often as you like.\n", await first.Content.ReadAsStringAsync());
        Assert.Equal("\"health\";r=2;t=10", first.Headers.GetValues("RateLimit").Single());
        Assert.Equal("\"health\";q=3;w=30", first.Headers.GetValues("RateLimit-Policy").Single());

        // What a client says of itself, nginx does not pass on.
        using var second = await SendAsync(nginx, "/%68ealth", ("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-Uri", "/elsewhere"), ("X-Forwarded-Method", "PUT"));
        using var third = await SendAsync(nginx, "/a/../health", ("X-Original-URI", "/elsewhere"), ("X-Original-Method", "PUT"), ("X-Original-URL", "http://x/y"));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], [second.StatusCode, third.StatusCode]);

        using var refused = await nginx.Client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(("10", "\"health\";r=0;t=10"), (refused.Headers.RetryAfter!.ToString(), refused.Headers.GetValues("RateLimit").Single()));

        // Other requests are not limited, and the application's own answers come through.
        Assert.Equal(HttpStatusCode.NotFound, (await nginx.Client.GetAsync("/nothing")).StatusCode);
        using var posted = await nginx.Client.PostAsync("/health", new StringContent(new string('x', 100_000)));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);

        // What nginx reads as another path than others do is not answered by the node; to nginx that is a failure.
        using var slashesFirst = await SendAsync(nginx, "/a//../health");
        using var encoded = await SendAsync(nginx, "/x%2F..%2Fhealth");
        Assert.Equal([HttpStatusCode.InternalServerError, HttpStatusCode.InternalServerError], [slashesFirst.StatusCode, encoded.StatusCode]);

        // Nobody asks the node himself.
        Assert.Equal(HttpStatusCode.NotFound, (await nginx.Client.GetAsync("/throttle")).StatusCode);
        await node.AdvanceAsync("10s");
        Assert.Equal(HttpStatusCode.OK, (await nginx.Client.GetAsync("/health")).StatusCode);
    }

    private static async Task<HttpResponseMessage> SendAsync(Nginx nginx, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(nginx.Client.BaseAddress + path[1..], new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);
        }

        return await nginx.Client.SendAsync(request);
    }
}
