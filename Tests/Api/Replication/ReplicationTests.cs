using System.Text;
using System.Text.Json;
using Throttle.Api.Hosting;
using Throttle.Api.Replication;
using Throttle.Core.Replication;
using Throttle.Tests.Api.Http;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Replication;

/// <summary>Nodes that share buckets over HTTP; each has a virtual clock, and exchanges when the test says so.</summary>
public sealed class ReplicationTests
{
    private const string Page = """{"region":"eu","incarnation":7,"after":0,"through":1,"last":true,"entries":[{"rule":"shared","key":"42","count":9,"start":1,"version":1,"consumed":3,"returned":0,"outstanding":3}]}""";

    [Fact]
    public async Task ThreeNodes_BurstPartitionHeal_ConvergeAndRepay()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "eu", "us", "ap");
        Assert.Equal(3, await regions.ExchangeAsync());

        // Burst, as in cases 9 of seed 000 and 6 of seed 002: four of four, on three nodes; then nothing anywhere.
        Assert.Equal(4, await regions.BurstAsync("eu", 1) + await regions.BurstAsync("ap", 1) + await regions.BurstAsync("us", 2));
        Assert.Equal(3, await regions.ExchangeAsync());
        Assert.Equal([1m, 1m, 1m], await regions.ResetAfterAsync());
        Assert.Equal(0, await regions.BurstAsync("eu", 1) + await regions.BurstAsync("us", 1) + await regions.BurstAsync("ap", 1));

        // A second exchange changes nothing.
        await regions.ExchangeAsync();
        Assert.Equal([1m, 1m, 1m], await regions.ResetAfterAsync());

        // Partition: each side grants the whole rate. eu and us still hear from one another.
        regions.Network.Cut("ap", "eu", "us");
        await regions.AdvanceAsync("1s");
        Assert.Equal(4, await regions.BurstAsync("ap", 9));
        Assert.Equal(4, await regions.BurstAsync("eu", 9));
        Assert.Equal(0, await regions.ExchangeAsync());
        Assert.Equal(0, await regions.BurstAsync("us", 9));
        await regions.AdvanceAsync("1s");
        Assert.Equal(4, await regions.BurstAsync("us", 9));
        Assert.Equal(4, await regions.BurstAsync("ap", 9));

        // Heal: both sides are charged for the eight of the other, and repay them.
        regions.Network.Heal();
        Assert.Equal(3, await regions.ExchangeAsync());
        Assert.Equal([3m, 3m, 3m], await regions.ResetAfterAsync());
        await regions.AdvanceAsync("2s");
        Assert.Equal(0, await regions.BurstAsync("eu", 1) + await regions.BurstAsync("us", 1) + await regions.BurstAsync("ap", 1));
        await regions.AdvanceAsync("250ms");
        Assert.Equal(1, await regions.BurstAsync("us", 2));
        await regions.ExchangeAsync();
        Assert.Equal([1m, 1m, 1m], await regions.ResetAfterAsync());

        // 4 at once, 16 in the partition, 1 after it: 21 in 4.25 s, of 4 + 4 × 4.25 = 21.
        await regions.AdvanceAsync("1s");
        Assert.Equal([0m, 0m, 0m], await regions.ResetAfterAsync());
    }

    [Fact]
    public async Task Answers_LostOrEverythingTwice_ChangeNothing()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "eu", "us");
        await regions.ExchangeAsync();
        await regions.BurstAsync("eu", 1);
        regions.Network.LosesAnswers = true;
        Assert.Equal(0, await regions.ExchangeAsync());
        Assert.Equal(0, await regions.ExchangeAsync());
        Assert.Equal([0.25m, 0.25m], await regions.ResetAfterAsync());

        (regions.Network.LosesAnswers, regions.Network.DeliversTwice) = (false, true);
        await regions.BurstAsync("us", 2);
        Assert.Equal(2, await regions.ExchangeAsync());

        Assert.Equal([0.75m, 0.75m], await regions.ResetAfterAsync());
    }

    [Fact]
    public async Task Exchange_NothingChanged_SendsOneEmptyPageToEachPeer()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "eu", "us", "ap");
        await regions.BurstAsync("eu", 3);
        await regions.ExchangeAsync();
        var before = regions.Network.Delivered;

        await regions.ExchangeAsync();

        Assert.Equal(6, regions.Network.Delivered - before);
    }

    [Fact]
    public async Task Node_ThatStartsAnew_LearnsWhatTheOthersAreShortOf()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "eu", "us");
        await regions.ExchangeAsync();
        for (var second = 0; second < 5; second++)
        {
            await regions.BurstAsync("eu", 4);
            await regions.ExchangeAsync();
            await regions.AdvanceAsync("1s");
        }

        await regions.BurstAsync("eu", 3);
        await regions.StopAsync("us");
        await regions.StartAsync("us");
        Assert.Equal(2, await regions.ExchangeAsync());

        Assert.Equal([0.75m, 0.75m], await regions.ResetAfterAsync());
    }

    [Fact]
    public async Task Nodes_ByThemselves_TellOneAnotherWithinTheInterval()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: true, Regions.Slow, "eu", "us");
        await regions.BurstAsync("eu", 4);

        // A clock that stands still holds up the exchange, too: it is moved until the other knows.
        await Eventually.IsTrueAsync(
            async () =>
            {
                await regions["eu"].AdvanceAsync("50ms");
                using var bucket = JsonDocument.Parse(await regions["us"].Client.GetStringAsync("/v1/buckets/shared/42"));
                return bucket.RootElement.GetProperty("remaining").GetInt64() == 0;
            },
            "us is charged for what eu has granted");
    }

    [Fact]
    public async Task Node_ThatStops_TellsWhatItGrantedLast()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: true, Regions.Quick, "eu", "us");
        await regions.BurstAsync("eu", 3);
        await regions.StopAsync("eu");

        Assert.Equal([0.75m], await regions.ResetAfterAsync());
    }

    [Fact]
    public async Task Peer_ThatIsDown_HoldsUpNoDecisionAndIsCounted()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "eu", "us", "ap");
        await regions.StopAsync("ap");
        Assert.Equal(4, await regions.BurstAsync("eu", 5));

        Assert.Equal(0, await regions.ExchangeAsync());

        Assert.Equal([1m, 1m], await regions.ResetAfterAsync());
        var metrics = PrometheusParser.Parse(await regions["eu"].Client.GetStringAsync("/metrics"));
        Assert.Equal(1, metrics.Samples.Where(s => s.Key.StartsWith("throttle_replication_failures_total", StringComparison.Ordinal)).Sum(s => s.Value));
        Assert.Equal([0, 1], metrics.Samples.Where(s => s.Key.StartsWith("throttle_replication_behind{", StringComparison.Ordinal)).Select(s => s.Value).Order());
        Assert.Equal(1, metrics.Samples.Where(s => s.Key.StartsWith("throttle_replication_sent_total{", StringComparison.Ordinal)).Sum(s => s.Value));
        metrics = PrometheusParser.Parse(await regions["us"].Client.GetStringAsync("/metrics"));
        Assert.Equal(1, metrics.Samples["""throttle_replication_received_total{region="eu"}"""]);
    }

    [Fact]
    public async Task ManyBuckets_GoInPages()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "eu", "us");
        var items = string.Join(',', Enumerable.Range(0, 1000).Select(i => "{\"attributes\":{\"user\":\"" + new string('é', 400) + i + "\"}}"));
        await regions["eu"].AskAsync($"[{items}]");

        Assert.Equal(2, await regions.ExchangeAsync());

        var metrics = PrometheusParser.Parse(await regions["us"].Client.GetStringAsync("/metrics"));
        Assert.Equal(1000, metrics.Samples["""throttle_replication_received_total{region="eu"}"""]);
        Assert.Equal(1000, metrics.Samples["""throttle_buckets{rule="shared"}"""]);
        Assert.True(regions.Network.Delivered > 3, "Keys of 400,000 characters together go in several pages.");
    }

    [Theory]
    [InlineData(null, 401, "token-missing")]
    [InlineData("Bearer wrong", 401, "token-wrong")]
    [InlineData("Basic OnBlZXItczNjcmV0", 401, "token-missing")]
    [InlineData("Bearer " + Regions.Token, 200, "")]
    public async Task Page_NeedsThePeerToken(string? authorization, int status, string code)
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "us", "ap");

        using var response = await SendAsync(regions["us"], Page, authorization);

        Assert.Equal(status, (int)response.StatusCode);
        if (status == 200)
        {
            Assert.Equal("""{"region":"us","through":1}""", await response.Content.ReadAsStringAsync());
        }
        else
        {
            Assert.Equal(code, (await TestNode.ProblemAsync(response, status)).GetProperty("code").GetString());
        }
    }

    [Theory]
    [InlineData("", "The body is empty")]
    [InlineData("[]", "body")]
    [InlineData("{}", "region is missing")]
    [InlineData("""{"region":"EU"}""", "region is 'EU'")]
    [InlineData("""{"region":"eu","more":1}""", "more is not known")]
    public async Task Page_Faulty_IsRefusedWithTheReason(string body, string reason)
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "us", "ap");

        using var response = await SendAsync(regions["us"], body, "Bearer " + Regions.Token);

        Assert.Contains(reason, (await TestNode.ProblemAsync(response, 400)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"consumed\":3", "\"consumed\":-3", "consumed is -3")]
    [InlineData("\"consumed\":3", "\"consumed\":3.5", "consumed is 3.5")]
    [InlineData("\"consumed\":3", "\"consumed\":99999999999999999999", "consumed is 99999999999999999999")]
    [InlineData("\"returned\":0", "\"returned\":4", "returned is 4; use 0 to consumed (3)")]
    [InlineData("\"version\":1", "\"version\":2", "version is 2")]
    [InlineData("\"start\":1", "\"start\":2", "version is 1; use start (2)")]
    [InlineData("\"start\":1", "\"start\":-1", "start is -1")]
    [InlineData("\"count\":9", "\"count\":0", "count is 0; use 1 to")]
    [InlineData("\"after\":0", "\"after\":1", "version is 1; use rising numbers above 1")]
    [InlineData("\"through\":1", "\"through\":-1", "through is -1")]
    [InlineData("\"incarnation\":7", "\"incarnation\":0", "an incarnation of 1 or more")]
    [InlineData("\"last\":true", "\"last\":1", "last is 1; use true or false")]
    [InlineData("\"rule\":\"shared\"", "\"rule\":\"\"", "rule is ''")]
    [InlineData("\"key\":\"42\",", "", "entries[0].key is missing")]
    public async Task Page_NumberOutOfRange_IsRefusedAndChangesNothing(string part, string faulty, string reason)
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "us", "ap");

        using var response = await SendAsync(regions["us"], Page.Replace(part, faulty, StringComparison.Ordinal), "Bearer " + Regions.Token);

        Assert.Contains(reason, (await TestNode.ProblemAsync(response, 400)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0m, (await regions.ResetAfterAsync())[0]);
    }

    [Fact]
    public async Task Page_TooLarge_IsRefused()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "us", "ap");

        using var long1 = await SendAsync(regions["us"], Page + new string(' ', 1024 * 1024), "Bearer " + Regions.Token);
        await TestNode.ProblemAsync(long1, 413);
        using var key = await SendAsync(regions["us"], Page.Replace("\"42\"", $"\"{new string('k', 1025)}\"", StringComparison.Ordinal), "Bearer " + Regions.Token);
        Assert.Equal("key-too-long", (await TestNode.ProblemAsync(key, 400)).GetProperty("code").GetString());
        var entries = Enumerable.Range(1, ReplicationLimits.MaxEntries + 1).Select(i => new ReplicationEntry("shared", $"{i}", i, i, i, 1, 0, 1));
        var many = Encoding.UTF8.GetString(ReplicationJson.Write(new("eu", 7, 0, 2_000, true, [.. entries])));
        using var entry = await SendAsync(regions["us"], many, "Bearer " + Regions.Token);
        Assert.Equal("too-many-entries", (await TestNode.ProblemAsync(entry, 413)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Page_OfTheNodesOwnRegion_IsAConflict()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "us", "ap");

        using var response = await SendAsync(regions["us"], Page.Replace("\"eu\"", "\"us\"", StringComparison.Ordinal), "Bearer " + Regions.Token);

        Assert.Contains("'us'", (await TestNode.ProblemAsync(response, 409)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_WithoutPeers_IsNotThere()
    {
        await using var node = await TestNode.StartAsync(Regions.Quick);

        using var response = await SendAsync(node, Page, "Bearer " + Regions.Token);

        await TestNode.ProblemAsync(response, 404);
    }

    [Fact]
    public async Task Description_OfANodeWithPeers_HasTheExchangeWithItsToken()
    {
        await using var regions = await Regions.StartAsync(isAutomatic: false, Regions.Quick, "us", "ap");
        using var document = JsonDocument.Parse(await regions["us"].Client.GetStringAsync("/openapi/v1.json"));
        var operation = document.RootElement.GetProperty("paths").GetProperty("/v1/replication").GetProperty("post");

        Assert.True(operation.GetProperty("security")[0].TryGetProperty("peerToken", out _));
        var fields = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("ReplicationPage")
            .GetProperty("properties").GetProperty("entries").GetProperty("items").GetProperty("properties");
        using var sent = JsonDocument.Parse(Page);
        Assert.Equal(
            sent.RootElement.GetProperty("entries")[0].EnumerateObject().Select(p => p.Name), fields.EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData("EU", "http://127.0.0.1:1", "t", "'EU'")]
    [InlineData("eu", "ftp://x", "t", "'ftp://x'")]
    [InlineData("eu", "http://u:p@x", "t", "'http://u:p@x'")]
    [InlineData("eu", "http://x http://x/", "t", "'http://x/' is there twice")]
    [InlineData("eu", "", "t", "there are 0 peers; use 1 to 100")]
    [InlineData("eu", "http://x", "", "The peer token has 0 characters")]
    public async Task Options_OutOfRange_AreRefusedBeforeTheStart(string region, string peers, string token, string reason)
    {
        var options = new NodeOptions
        {
            Urls = ["http://127.0.0.1:0"],
            Replication = new ReplicationOptions { Region = region, Peers = peers.Split(' ', StringSplitOptions.RemoveEmptyEntries), Token = token },
        };

        var error = await Assert.ThrowsAsync<ArgumentException>(() => ThrottleNode.StartAsync(options));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.True(token.Length == 0 || !error.Message.Contains("peer-s3cret", StringComparison.Ordinal));
    }

    private static Task<HttpResponseMessage> SendAsync(TestNode node, string body, string? authorization) => authorization is null
        ? node.SendAsync(HttpMethod.Post, "/v1/replication", body)
        : node.SendAsync(HttpMethod.Post, "/v1/replication", body, headers: ("Authorization", authorization));
}
