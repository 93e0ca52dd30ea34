namespace Throttle.Tests.Api.Http;

public sealed class BeginTests
{
    private const string Permits = """
        version: 1
        rules:
          - { id: permits, key: api, limit: { algorithm: spacing, interval: 3s, reservations: 2 } }
          - { id: level, key: user, limit: { algorithm: leaky-bucket, capacity: 10, leak: 1/h, adaptive: { settable: true } } }
          - { id: fixed, key: name, limit: { algorithm: leaky-bucket, capacity: 10, leak: 1/h, adaptive: { } } }
        """;

    [Fact]
    public async Task Begin_LateCall_MakesTheNextWaitAnIntervalFromIt()
    {
        await using var node = await TestNode.StartAsync(Permits);
        await node.AskAsync("""{"attributes":{"api":"x"}}""");
        await node.AdvanceAsync("200ms");

        Assert.Equal((200, """{"outcome":"begun","within":0.3,"wait":0}"""), await BeginAsync(node, "1767225600"));
        Assert.Equal((200, """{"ran":true}"""), await node.AskAsync("""{"attributes":{"api":"x"},"at":1767225600,"ago":"0s"}""", "/v1/ran"));
        await node.AdvanceAsync("2.8s");
        Assert.Equal((200, """{"outcome":"wait","wait":0.2}"""), await BeginAsync(node, "1767225603"));
        await node.AdvanceAsync("501ms");
        Assert.Equal((200, """{"outcome":"expired","wait":0}"""), await BeginAsync(node, "\"2026-01-01T00:00:03Z\""));
    }

    [Theory]
    [InlineData("/v1/begin", "{\"attributes\":{}}", "at is missing")]
    [InlineData("/v1/begin", "{\"at\":1}", "attributes is missing")]
    [InlineData("/v1/begin", "{\"attributes\":{},\"at\":1,\"ago\":1}", "ago is not known; use attributes, at.")]
    [InlineData("/v1/begin", "{\"attributes\":{},\"at\":\"soon\"}", "at is 'soon'; use seconds since 1970")]
    [InlineData("/v1/ran", "{\"attributes\":{},\"at\":1}", "ago is missing")]
    [InlineData("/v1/ran", "{\"attributes\":{},\"at\":1,\"ago\":-1}", "ago is -1; use a duration")]
    public async Task Begin_BadBody_NamesTheField(string path, string body, string detail)
    {
        await using var node = await TestNode.StartAsync(Permits);

        var (status, answer) = await node.AskAsync(body, path);

        Assert.Equal(400, status);
        Assert.Contains(detail, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Factor_Set_IsClampedAndShown()
    {
        await using var node = await TestNode.StartAsync(Permits);
        await node.AskAsync("""{"attributes":{"user":"42"},"cost":10}""");

        using var set = await node.SendAsync(HttpMethod.Put, "/v1/buckets/level/42", """{"factor":50}""");
        Assert.Contains("\"algorithm\":\"leaky-bucket\",\"limit\":10,\"remaining\":0,", await set.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"factor\":10}", await set.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await node.AdvanceAsync("1s");
        Assert.Contains("\"factor\":7.3}", await node.Client.GetStringAsync("/v1/buckets/level/42"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/buckets/fixed/42", "{\"factor\":1}", 409, "settable: true")]
    [InlineData("/v1/buckets/permits/x", "{\"factor\":1}", 409, "has no factor")]
    [InlineData("/v1/buckets/none/x", "{\"factor\":1}", 404, "no-such-rule")]
    [InlineData("/v1/buckets/level/42", "{\"factor\":1001}", 400, "factor is 1001; use a number from 0 to 1000")]
    [InlineData("/v1/buckets/level/42", "{\"factor\":-1}", 400, "factor is -1; use a number from 0 to 1000")]
    [InlineData("/v1/buckets/level/42", "{\"factor\":0.0000000001}", 400, "up to nine decimals")]
    [InlineData("/v1/buckets/level/42", "{}", 400, "factor is missing")]
    public async Task Factor_NotToBeSet_SaysWhy(string path, string body, int status, string text)
    {
        await using var node = await TestNode.StartAsync(Permits);

        using var answer = await node.SendAsync(HttpMethod.Put, path, body);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(text, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Task<(int Status, string Body)> BeginAsync(TestNode node, string at) =>
        node.AskAsync($$"""{"attributes":{"api":"x"},"at":{{at}}}""", "/v1/begin");
}
