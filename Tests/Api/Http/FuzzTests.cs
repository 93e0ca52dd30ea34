using System.Text;

namespace Throttle.Tests.Api.Http;

public sealed class FuzzTests
{
    private const int Seed = 20260101;
    private const int Bodies = 36_000;
    private const int Workers = 4;

    private static readonly string[] Seeds =
    [
        """{"attributes":{"user":"42","path":"/api/x"},"cost":1,"wait":"2s"}""",
        """{"attributes":{"user":42,"path":"/api/x","vip":true},"cost":0}""",
        """[{"attributes":{"user":"a","path":"/api/x"}},{"attributes":{"user":"b","path":"/api/y"},"cost":3,"wait":0.5}]""",
        """{"attributes":{"us\u0065r":"\ud83d\ude00","path":"/api/\"x\""},"cost":1e0,"wait":"250ms"}""",
        """{"attributes":{"user":"42","path":"/size","size":"12"},"cost":9007199254740992,"wait":"1h"}""",
        """{"lease":"am9iczoxOjQy","attributes":{"user":"42"},"at":1767225600.1}""",
        """{"lease":"am9iczoxOjQy.am9iczoxOjQy"}""",
    ];

    private static readonly string[] Pieces =
    [
        "\"", "{", "}", "[", "]", ",", ":", "\\", "\\u", "\\ud800", "null", "true", "-", "-1", "1e999", "1e-999", "0.00000001",
        "9007199254740993", "99999999999999999999999999999999", "\"cost\":", "\"wait\":", "\"attributes\":{", "\"rule\":", "\0", "\n",
        "\uFEFF", "ü", "NaN", "//", "/*", "\"10675199d\"", "\"1.0000000000001us\"", "\"at\":\"0001-01-01T00:00:00+14:00\",", "\"at\":-62135596800,",
    ];

    [Theory]
    [InlineData("/v1/acquire")]
    [InlineData("/v1/return")]
    [InlineData("/v1/renew")]
    public async Task Post_MutatedBodies_NeverFailsOrHangs(string path)
    {
        await using var node = await TestNode.StartAsync(
            TestNode.PerClient
            + "\n  - { id: bytes, match: { path: /size }, cost: size, limit: { algorithm: token-bucket, capacity: 1000, refill: 10/s } }"
            + "\n  - { id: log, key: user, limit: { algorithm: sliding-log, limit: 50, window: 10s } }"
            + "\n  - { id: pace, key: path, mode: shadow, limit: { algorithm: spacing, interval: 10ms, reservations: 5 } }\n");
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => SendAsync(node, path, worker)));

        var (status, body) = await node.AskAsync("""{"attributes":{"user":"still-here","path":"/api/x"}}""");
        Assert.Equal(200, status);
        Assert.Contains("\"rule\":\"per-client\"", body, StringComparison.Ordinal);
    }

    private static async Task SendAsync(TestNode node, string path, int worker)
    {
        var random = new Random(Seed + worker);
        using var client = node.NewClient();
        for (var i = 0; i < Bodies / Workers / 3; i++)
        {
            var body = BodyMutation.Of(random, Seeds, Pieces);
            using var response = await client.PostAsync(path, new ByteArrayContent(body));
            var status = (int)response.StatusCode;
            if (status is not (200 or 429 or 400 or 404 or 413))
            {
                Assert.Fail($"Seed {Seed + worker}, body {i}: status {status} for {Encoding.UTF8.GetString(body)} ({Convert.ToBase64String(body)}): {await response.Content.ReadAsStringAsync()}");
            }
        }
    }
}
