using System.Text.Json;

namespace Throttle.Tests.Api.Http;

public sealed class BatchTests
{
    [Fact]
    public async Task Batch_TwentyOneCalls_AnswersInOrder()
    {
        await using var node = await TestNode.StartAsync();
        var items = string.Join(',', Enumerable.Repeat("""{"attributes":{"user":"42","path":"/api/x"}}""", 21));

        using var response = await node.PostAsync("/v1/acquire", $"[{items}]");

        Assert.Equal(200, (int)response.StatusCode);
        Assert.False(response.Headers.Contains("RateLimit"), "A batch speaks of many buckets.");
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var answers = document.RootElement.EnumerateArray().ToArray();
        Assert.Equal(21, answers.Length);
        for (var i = 0; i < 20; i++)
        {
            Assert.True(answers[i].GetProperty("allowed").GetBoolean(), $"Call {i} was refused.");
            Assert.Equal(19 - i, answers[i].GetProperty("remaining").GetInt64());
        }

        Assert.False(answers[20].GetProperty("allowed").GetBoolean());
        Assert.Equal(0.1m, answers[20].GetProperty("retryAfter").GetDecimal());
    }

    [Fact]
    public async Task Batch_FaultyItems_AreErrorsInTheirPlaces()
    {
        await using var node = await TestNode.StartAsync();
        var (status, body) = await node.AskAsync(
            """[{"attributes":{"user":"42","path":"/api/x"}},{"attributes":{"user":{"a":[1,{"b":2}]}},"cost":1},7,{"attributes":{},"cost":-1},{"attributes":{"user":"42","path":"/api/x"}}]""");

        Assert.Equal(200, status);
        using var document = JsonDocument.Parse(body);
        var answers = document.RootElement.EnumerateArray().ToArray();
        Assert.Equal(5, answers.Length);
        Assert.Equal(19, answers[0].GetProperty("remaining").GetInt64());
        Assert.Equal(18, answers[4].GetProperty("remaining").GetInt64());
        Assert.Equal(
            "[1].attributes.user is an object; use a text, a number, true or false.",
            answers[1].GetProperty("error").GetProperty("detail").GetString());
        Assert.Equal("[2] is 7; use a JSON object.", answers[2].GetProperty("error").GetProperty("detail").GetString());
        Assert.Equal(
            "[3].cost is -1; use a whole number, 0 to 9007199254740992.",
            answers[3].GetProperty("error").GetProperty("detail").GetString());
        Assert.All(answers[1..4], a => Assert.Equal(400, a.GetProperty("error").GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task Batch_FaultyCostAttribute_NamesTheItem()
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - { id: bytes, cost: size, limit: { algorithm: token-bucket, capacity: 1000, refill: 10/s } }
            """);
        var (status, body) = await node.AskAsync("""[{"attributes":{"size":"10"}},{"attributes":{"size":"ten"}}]""");

        Assert.Equal(200, status);
        using var document = JsonDocument.Parse(body);
        Assert.Equal(990, document.RootElement[0].GetProperty("remaining").GetInt64());
        var error = document.RootElement[1].GetProperty("error");
        Assert.Equal("invalid-request", error.GetProperty("code").GetString());
        Assert.Equal(
            "[1]: Rule 'bytes': the cost attribute 'size' is 'ten'; use a whole number from 0 to 9007199254740992.",
            error.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Batch_NotJsonAtTheEnd_TakesNothing()
    {
        await using var node = await TestNode.StartAsync();
        const string Item = """{"attributes":{"user":"42","path":"/api/x"}}""";
        using var response = await node.PostAsync("/v1/acquire", $"[{Item},{Item}");
        var problem = await TestNode.ProblemAsync(response, 400);
        Assert.Equal("not-json", problem.GetProperty("code").GetString());
        Assert.Contains("\"remaining\":19,", (await node.AskAsync(Item)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Batch_UpToOneThousand_IsTaken(int count)
    {
        await using var node = await TestNode.StartAsync();
        var (status, body) = await node.AskAsync($"[{string.Join(',', Enumerable.Repeat("""{"attributes":{}}""", count))}]");
        Assert.Equal(200, status);
        using var document = JsonDocument.Parse(body);
        Assert.Equal(count, document.RootElement.GetArrayLength());
    }

    [Fact]
    public async Task Batch_OfMoreComparisonsThanOneCallMayCost_IsRefusedAsAWhole()
    {
        await using var node = await TestNode.StartAsync();
        await node.Node.Rules.ReplaceAsync(
            [.. Enumerable.Range(0, 2_500).Select(i => Throttle.Core.Rules.LimitBy.TokenBucket($"r{i}", 1, "1/h", "user") with { Mode = Throttle.Core.Rules.RuleMode.Shadow })]);
        static string Body(int count) => $"[{string.Join(',', Enumerable.Repeat("{\"attributes\":{\"ip\":\"::1\"}}", count))}]";

        using var refused = await node.SendAsync(HttpMethod.Post, "/v1/acquire", Body(801));
        using var taken = await node.SendAsync(HttpMethod.Post, "/v1/acquire", Body(800));

        var problem = await TestNode.ProblemAsync(refused, 413);
        Assert.Equal("The batch has 801 requests, and each is compared with 2500 rules; use 0 to 800 requests.", problem.GetProperty("detail").GetString());
        Assert.True(taken.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Batch_OfOneThousandAndOne_IsRefusedAsAWhole()
    {
        await using var node = await TestNode.StartAsync();
        var items = string.Join(',', Enumerable.Repeat("""{"attributes":{"user":"42","path":"/api/x"}}""", 1001));
        using var response = await node.PostAsync("/v1/acquire", $"[{items}]");
        var problem = await TestNode.ProblemAsync(response, 413);
        Assert.Equal("batch-too-large", problem.GetProperty("code").GetString());
        Assert.Equal("The batch has more than 1000 requests; use 0 to 1000.", problem.GetProperty("detail").GetString());
        var (_, body) = await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"},"cost":0}""");
        Assert.Contains("\"remaining\":20,", body, StringComparison.Ordinal);
    }
}
