using System.Net;
using System.Net.Sockets;
using Throttle.Api.Hosting;
using Throttle.Core.Rules;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Http;

public sealed class NodeTests
{
    [Theory]
    [InlineData("127.0.0.1:8080", "urls has '127.0.0.1:8080'; use an address such as http://127.0.0.1:8080.")]
    [InlineData("https://127.0.0.1:0", "urls has 'https://127.0.0.1:0'; use http; for https put a proxy with a certificate in front.")]
    [InlineData("http://127.0.0.1:0/base", "urls has 'http://127.0.0.1:0/base'; use an address without a path.")]
    [InlineData("http://localhost:0", "urls has 'http://localhost:0'; localhost is two addresses and they cannot share a free port: use http://127.0.0.1:0.")]
    [InlineData("http://127.0.0.1:65536", "urls has 'http://127.0.0.1:65536'; use a port from 0 to 65535.")]
    public async Task Start_FaultyAddress_SaysWhatIsWrong(string url, string message)
    {
        var e = await Assert.ThrowsAsync<ArgumentException>(() => ThrottleNode.StartAsync(new NodeOptions { Urls = [url] }));
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("tökèn")]
    public async Task Start_FaultyToken_IsRefusedWithoutRepeatingIt(string token)
    {
        var e = await Assert.ThrowsAsync<ArgumentException>(
            () => ThrottleNode.StartAsync(new NodeOptions { Urls = ["http://127.0.0.1:0"], AdminToken = token }));
        Assert.Contains("use 1 to 1000 visible ASCII characters", e.Message, StringComparison.Ordinal);
        Assert.True(token.Length == 0 || !e.Message.Contains(token, StringComparison.Ordinal), "The token is in the message.");
    }

    [Fact]
    public async Task Start_FaultyNumbers_AreRefused()
    {
        var local = new NodeOptions { Urls = ["http://127.0.0.1:0"] };
        await Assert.ThrowsAsync<ArgumentException>(() => ThrottleNode.StartAsync(local with { Urls = [] }));
        await Assert.ThrowsAsync<ArgumentException>(() => ThrottleNode.StartAsync(local with { MaxBuckets = 0 }));
        await Assert.ThrowsAsync<ArgumentException>(() => ThrottleNode.StartAsync(local with { DrainTimeout = TimeSpan.FromTicks(-1) }));
    }

    [Fact]
    public async Task Start_FaultyRuleFile_ListsItsFaults()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "version: 1\nrules:\n  - id: x\n    limit: { algorithm: gcra, rate: 0/s, burst: 0 }\n");
            var e = await Assert.ThrowsAsync<InvalidRulesException>(
                () => ThrottleNode.StartAsync(new NodeOptions { Urls = ["http://127.0.0.1:0"], RulesPath = path }));
            Assert.Equal(2, e.Faults.Count);
            Assert.All(e.Faults, f => Assert.Equal(4, f.Line));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Start_AddressTaken_SaysSo()
    {
        await using var first = await TestNode.StartAsync();
        await Assert.ThrowsAsync<IOException>(
            () => ThrottleNode.StartAsync(new NodeOptions { Urls = [first.Address.ToString().TrimEnd('/')] }));
    }

    [Fact]
    public async Task Start_WithoutRules_HasTheSamples()
    {
        await using var node = await ThrottleNode.StartAsync(new NodeOptions { Urls = ["http://127.0.0.1:0"] });
        Assert.NotEmpty(node.Rules.Current.Rules);
        Assert.False(node.IsVirtualClock, "The machine's clock is the default.");
        Assert.Null(node.AdminToken);
        await node.StopAsync();
    }

    [Fact]
    public async Task Stop_RequestInFlight_IsFinishedFirst()
    {
        await using var node = await TestNode.StartAsync("""
            version: 1
            rules:
              - { id: jobs, limit: { algorithm: concurrency, limit: 1, lease: 1h } }
            """);
        await node.AskAsync("""{"attributes":{}}""");
        using var client = node.NewClient();
        var waiting = client.PostAsync("/v1/acquire", new StringContent("""{"attributes":{},"wait":"5s"}"""));
        var engine = Assert.IsType<Throttle.Core.Local.LocalThrottle>(node.Node.Throttle);
        await Eventually.IsTrueAsync(() => engine.WaiterCount == 1, "the request waits in the engine");

        var stopping = node.Node.StopAsync();
        await RefusedAsync(node.Address);
        Assert.False(stopping.IsCompleted, "The node stopped with a request in flight.");
        node.Node.VirtualClock!.Advance(TimeSpan.FromSeconds(5));

        using var answer = await waiting;
        Assert.Equal(429, (int)answer.StatusCode);
        await stopping;
        await node.Node.WaitForShutdownAsync();
    }

    [Fact]
    public async Task Stop_RequestThatDoesNotEnd_IsCutOffAfterTheDrainTime()
    {
        await using var node = await TestNode.StartAsync(
            """
            version: 1
            rules:
              - { id: jobs, limit: { algorithm: concurrency, limit: 1, lease: 1h } }
            """,
            o => o with { DrainTimeout = TimeSpan.FromMilliseconds(100) });
        await node.AskAsync("""{"attributes":{}}""");
        using var client = node.NewClient();
        var waiting = client.PostAsync("/v1/acquire", new StringContent("""{"attributes":{},"wait":"5s"}"""));
        var engine = Assert.IsType<Throttle.Core.Local.LocalThrottle>(node.Node.Throttle);
        await Eventually.IsTrueAsync(() => engine.WaiterCount == 1, "the request waits in the engine");

        await node.Node.StopAsync();

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => waiting);
    }

    /// <summary>Waits until nobody listens at the address.</summary>
    private static Task RefusedAsync(Uri address) => Eventually.IsTrueAsync(
        async () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, address.Port);
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        },
        $"{address} takes no connection after the node was asked to stop");
}
