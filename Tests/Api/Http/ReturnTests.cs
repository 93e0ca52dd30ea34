using System.Globalization;
using System.Text.Json;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Http;

public sealed class ReturnTests
{
    private const string Jobs = """
        version: 1
        rules:
          - { id: jobs, key: user, limit: { algorithm: concurrency, limit: 2, lease: 10s } }
        """;

    private const string Ask = """{"attributes":{"user":"42"}}""";

    [Fact]
    public async Task Return_WhatWasTaken_IsThereAgain()
    {
        await using var node = await TestNode.StartAsync();
        await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"},"cost":5}""");

        var (status, body) = await node.AskAsync("""{"attributes":{"user":"42","path":"/api/x"},"cost":3}""", "/v1/return");

        Assert.Equal(200, status);
        Assert.Equal(
            """{"returned":true,"rules":[{"rule":"per-client","key":"42","mode":"enforce","algorithm":"token-bucket","limit":20,"remaining":18,"resetAfter":0.2}]}""",
            body);
    }

    [Theory]
    [InlineData("1767225600")]
    [InlineData("\"2026-01-01T00:00:00Z\"")]
    [InlineData("\"2026-01-01T01:00:00+01:00\"")]
    public async Task Return_ToAnEarlierWindow_GivesNothingToThisOne(string at)
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - { id: minute, limit: { algorithm: fixed-window, limit: 5, window: 1m } }
            """);
        await node.AskAsync("""{"attributes":{},"cost":5}""");
        await node.AdvanceAsync("60s");
        await node.AskAsync("""{"attributes":{},"cost":4}""");

        var (_, old) = await node.AskAsync($$"""{"attributes":{},"cost":4,"at":{{at}}}""", "/v1/return");
        var (_, now) = await node.AskAsync("""{"attributes":{},"cost":4,"at":1767225660}""", "/v1/return");

        Assert.Contains("\"remaining\":1,", old, StringComparison.Ordinal);
        Assert.Contains("\"remaining\":5,", now, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Return_WithTokenSet_TakesALeaseWithoutItAndNothingElse()
    {
        await using var node = await TestNode.StartAsync(Jobs, o => o with { AdminToken = "s3cret" });
        await node.AskAsync(Ask);
        var held = await LeaseAsync(node, null);

        using (var refused = await node.PostAsync("/v1/return", Ask))
        {
            await TestNode.ProblemAsync(refused, 401);
        }

        Assert.Contains("\"allowed\":false", (await node.AskAsync(Ask)).Body, StringComparison.Ordinal);
        Assert.Equal((200, """{"returned":true}"""), await node.AskAsync(Lease(held), "/v1/return"));
        Assert.Contains("\"allowed\":true", (await node.AskAsync(Ask)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Return_LeaseMadeOfWhatAnswersShow_GivesNothing()
    {
        await using var node = await TestNode.StartAsync(Jobs);
        await node.AskAsync(Ask);
        await node.AskAsync(Ask);
        using var refused = JsonDocument.Parse((await node.AskAsync(Ask)).Body);
        var at = TestNode.Start.UtcTicks;
        Assert.Equal(1767225600, refused.RootElement.GetProperty("at").GetDecimal());

        // A lease was named once by the instant of its grant, or the next free number after it.
        for (var guess = at - 100; guess < at + 100; guess++)
        {
            foreach (var name in new[] { guess.ToString(CultureInfo.InvariantCulture), guess.ToString("x32", CultureInfo.InvariantCulture) })
            {
                var lease = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes($"jobs:{name}:42"));
                Assert.DoesNotContain("true", (await node.AskAsync($$"""{"lease":"{{lease}}"}""", "/v1/return")).Body, StringComparison.Ordinal);
            }
        }

        Assert.Contains("\"allowed\":false", (await node.AskAsync(Ask)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Return_NoRuleMatches_SaysSo()
    {
        await using var node = await TestNode.StartAsync();
        var (status, body) = await node.AskAsync("""{"attributes":{"path":"/none"}}""", "/v1/return");
        Assert.Equal(200, status);
        Assert.Equal("""{"returned":false,"rules":[]}""", body);
    }

    [Fact]
    public async Task Lease_FromAcquireToReturn_HoldsItsPermit()
    {
        await using var node = await TestNode.StartAsync(Jobs);
        var first = await LeaseAsync(node, 1767225610m);
        var second = await LeaseAsync(node, 1767225610m);
        Assert.NotEqual(first, second);
        using (var refused = await node.PostAsync("/v1/acquire", Ask))
        {
            Assert.Equal(429, (int)refused.StatusCode);
            Assert.Equal("\"jobs\";q=2;qu=\"concurrent-requests\"", Assert.Single(refused.Headers.GetValues("RateLimit-Policy")));
            Assert.Equal("10", Assert.Single(refused.Headers.GetValues("Retry-After")));
        }

        await node.AdvanceAsync("9s");
        var renewed = await node.AskAsync(Lease(first), "/v1/renew");
        Assert.Equal((200, """{"held":true,"expiresAt":1767225619}"""), renewed);
        Assert.Equal((200, """{"returned":true}"""), await node.AskAsync(Lease(second), "/v1/return"));
        Assert.Equal((200, """{"returned":false}"""), await node.AskAsync(Lease(second), "/v1/return"));
        await LeaseAsync(node, 1767225619m);

        await node.AdvanceAsync("10.0000001s");
        using var lost = await node.PostAsync("/v1/renew", Lease(first));
        var problem = await TestNode.ProblemAsync(lost, 404);
        Assert.Equal("lease-not-held", problem.GetProperty("code").GetString());
        await LeaseAsync(node, null);
        await LeaseAsync(node, null);
    }

    [Fact]
    public async Task Acquire_WaitingForALease_IsAnsweredWhenOneIsReturned()
    {
        await using var node = await TestNode.StartAsync(Jobs);
        var first = await LeaseAsync(node, null);
        await LeaseAsync(node, null);
        using var client = node.NewClient();
        var waiting = client.PostAsync("/v1/acquire", new StringContent("""{"attributes":{"user":"42"},"wait":"5s"}"""));
        await WaitersAsync(node, 1);

        Assert.Equal((200, """{"returned":true}"""), await node.AskAsync(Lease(first), "/v1/return"));

        using var answer = await waiting;
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Acquire_WaitingForALease_IsRefusedAtItsDeadline()
    {
        await using var node = await TestNode.StartAsync(Jobs);
        await LeaseAsync(node, null);
        await LeaseAsync(node, null);
        using var client = node.NewClient();
        var waiting = client.PostAsync("/v1/acquire", new StringContent("""{"attributes":{"user":"42"},"wait":"5s"}"""));
        await WaitersAsync(node, 1);

        await node.AdvanceAsync("5s");

        using var answer = await waiting;
        Assert.Equal(429, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Acquire_CallerGoesWhileWaiting_LeavesTheLine()
    {
        await using var node = await TestNode.StartAsync(Jobs);
        await LeaseAsync(node, null);
        await LeaseAsync(node, null);
        using var client = node.NewClient();
        using var gone = new CancellationTokenSource();
        var waiting = client.PostAsync("/v1/acquire", new StringContent("""{"attributes":{"user":"42"},"wait":"5s"}"""), gone.Token);
        await WaitersAsync(node, 1);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await WaitersAsync(node, 0);
    }

    /// <summary>Waits until so many callers wait in the engine.</summary>
    private static Task WaitersAsync(TestNode node, int count)
    {
        var engine = Assert.IsType<Throttle.Core.Local.LocalThrottle>(node.Node.Throttle);
        return Eventually.IsTrueAsync(() => engine.WaiterCount == count, $"{count} callers wait in the engine");
    }

    private static async Task<string> LeaseAsync(TestNode node, decimal? expiresAt)
    {
        var (status, body) = await node.AskAsync(Ask);
        Assert.True(status == 200, string.Create(CultureInfo.InvariantCulture, $"Expected a lease, got {status}: {body}"));
        using var document = JsonDocument.Parse(body);
        if (expiresAt is not null)
        {
            Assert.Equal(expiresAt, document.RootElement.GetProperty("expiresAt").GetDecimal());
        }

        return document.RootElement.GetProperty("lease").GetString()!;
    }

    private static string Lease(string lease) => $$"""{"lease":"{{lease}}"}""";
}
