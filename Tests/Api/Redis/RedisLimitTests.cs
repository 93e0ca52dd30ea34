using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Throttle.Api.Hosting;
using Throttle.Api.Redis;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Redis;

/// <summary>What one connection does wrong harms no other, and nobody's memory.</summary>
public sealed class RedisLimitTests
{
    private const string Token = "a-token-for-tests";

    [Theory]
    [InlineData("*1\r\n:1\r\n", "ERR Protocol error: expected '$', got ':'")]
    [InlineData("*99999\r\n", "ERR Protocol error: invalid multibulk length")]
    [InlineData("PING\r\n*1\r\n$-1\r\n", "PONG")]
    [InlineData("echo \"\r\n", "ERR Protocol error: unbalanced quotes in request")]
    public async Task Malformed_Input_ClosesThatConnectionAlone(string input, string reply)
    {
        await using var node = await RedisNode.StartAsync();
        using var other = node.Connect();
        Assert.Equal("PONG", other.Ask("PING"));
        using var client = node.Connect();
        client.Send(input);
        Assert.Equal(reply, client.Read());
        if (reply == "PONG")
        {
            Assert.Equal("ERR Protocol error: invalid bulk length", client.Read());
        }

        Assert.True(client.IsEnded());
        Assert.Equal("PONG", other.Ask("PING"));
        Assert.Contains("rejected_connections:1\r\n", other.Ask("INFO"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endless_Line_ClosesThatConnectionAlone()
    {
        await using var node = await RedisNode.StartAsync();
        using var other = node.Connect();
        using var client = node.Connect();
        var piece = Enumerable.Repeat((byte)'x', 10_000).ToArray();
        await Eventually.IsTrueAsync(
            () =>
            {
                try
                {
                    client.Send(piece);
                    return false;
                }
                catch (IOException)
                {
                    return true;
                }
            },
            "the endless line is cut");
        Assert.Equal("PONG", other.Ask("PING"));
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: 127.0.0.1:6380\r\n\r\nCL.THROTTLE stolen 0 1 60\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: 127.0.0.1:6380\r\n\r\nCL.THROTTLE stolen 0 1 60\r\n")]
    [InlineData("PING HTTP/1.1\r\nCL.THROTTLE stolen 0 1 60\r\n")]
    [InlineData("Host: 127.0.0.1:6380\r\nCL.THROTTLE stolen 0 1 60\r\n")]
    [InlineData("*1\r\n$4\r\npost\r\nCL.THROTTLE stolen 0 1 60\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001 \r\nCL.THROTTLE stolen 0 1 60\r\n")]
    [InlineData("\r\n\0\nCL.THROTTLE stolen 0 1 60\r\n")]
    [InlineData("\u001f\nCL.THROTTLE stolen 0 1 60\r\n")]
    [InlineData("\u007f\nCL.THROTTLE stolen 0 1 60\r\n")]
    [InlineData("\u00e9\nCL.THROTTLE stolen 0 1 60\r\n")]
    public async Task OtherProtocol_IsClosedWithoutAWordAndDoesNothing(string request)
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        client.Send(request);
        Assert.True(client.IsEnded());
        using var other = node.Connect();
        Assert.StartsWith("0,", other.Ask("CL.THROTTLE", "stolen", "0", "1", "60"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_OneTooMany_IsToldSo()
    {
        await using var node = await RedisNode.StartAsync(redis: options => options with { MaxConnections = 2 });
        using var first = node.Connect();
        using (var second = node.Connect())
        {
            Assert.Equal("PONG", first.Ask("PING"));
            Assert.Equal("PONG", second.Ask("PING"));
            using var third = node.Connect();
            Assert.Equal("ERR max number of clients reached", third.Read());
            Assert.True(third.IsEnded());
        }

        await Eventually.IsTrueAsync(
            () =>
            {
                using var next = node.Connect();
                next.Send("PING\r\n");
                return next.Read() == "PONG";
            },
            "the place of a connection that ended is free");
    }

    [Fact]
    public async Task Pipeline_OfThousands_IsAnsweredInOrder()
    {
        const int Count = 20_000;
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        var commands = new StringBuilder();
        for (var i = 0; i < Count; i++)
        {
            commands.Append(RedisClient.Command("THROTTLE", "k", "20000", "1", "60")).Append(CultureInfo.InvariantCulture, $"ECHO {i}\r\n");
        }

        var sending = Task.Run(() => client.Send(commands.ToString()));
        for (var i = 0; i < Count; i++)
        {
            Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"1,20000,{Count - i - 1},"), client.Read(), StringComparison.Ordinal);
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), client.Read());
        }

        await sending;
    }

    [Fact]
    public async Task UnfinishedCommand_IsClosedAfterAWhile_AnIdleConnectionIsNot()
    {
        await using var node = await RedisNode.StartAsync(redis: options => options with { StallTimeout = TimeSpan.FromMilliseconds(1) });
        using var idle = node.Connect();
        Assert.Equal("PONG", idle.Ask("PING"));
        using var client = node.Connect();
        client.Send("*2\r\n$4\r\nECHO\r\n$5\r\nhel");
        Assert.True(client.IsEnded());
        Assert.Equal("PONG", idle.Ask("PING"));
    }

    [Fact]
    public async Task Quit_AnswersAndEnds()
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        client.Send("PING\r\nQUIT\r\nPING\r\n");
        Assert.Equal("PONG", client.Read());
        Assert.Equal("OK", client.Read());
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task HalfClosed_AfterCommands_IsAnswered()
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        client.Send("PING\r\nCL.THROTTLE k 0 1 1\r\nTHROTTLE.ACQUIRE ATTR user 42 path /api/x\r\nTHROTTLE.PEEK per-client 42\r\n");
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("PONG", client.Read());
        Assert.Equal("0,1,0,-1,1", client.Read());
        Assert.Contains("remaining,19", client.Read(), StringComparison.Ordinal);
        Assert.Contains("remaining,19", client.Read(), StringComparison.Ordinal);
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task Token_ResetsAndReturnsNeedIt_NothingElseDoes()
    {
        await using var node = await RedisNode.StartAsync(node: options => options with { AdminToken = Token });
        using var client = node.Connect();
        string[][] guarded = [["THROTTLE.RESET", "per-client", "42"], ["THROTTLE.RETURN", "per-client", "42"], ["THROTTLE.RETURN", "ATTR", "user", "42", "path", "/api/x"], ["THROTTLE.RETURN", "LEASE", "k", "1"], ["DEL", "k"], ["UNLINK", "k"]];
        client.Ask("CL.THROTTLE", "k", "9", "1", "60");
        foreach (var command in guarded)
        {
            Assert.StartsWith("NOAUTH ", client.Ask(command), StringComparison.Ordinal);
            Assert.Equal("OK", client.Ask("MULTI"));
            Assert.StartsWith("NOAUTH ", client.Ask(command), StringComparison.Ordinal);
            Assert.StartsWith("EXECABORT ", client.Ask("EXEC"), StringComparison.Ordinal);
        }

        Assert.Equal("60", client.Ask("TTL", "k"));
        Assert.StartsWith("ERR ", client.Ask("THROTTLE.RETURN", "LEASE", "no lease"), StringComparison.Ordinal);

        Assert.Contains("remaining,19", client.Ask("THROTTLE.ACQUIRE", "per-client", "42"), StringComparison.Ordinal);
        Assert.StartsWith("WRONGPASS ", client.Ask("AUTH", "wrong"), StringComparison.Ordinal);
        Assert.StartsWith("WRONGPASS ", client.Ask("HELLO", "3", "AUTH", "default", "wrong"), StringComparison.Ordinal);
        Assert.StartsWith("NOAUTH ", client.Ask("THROTTLE.RESET", "per-client", "42"), StringComparison.Ordinal);
        Assert.Equal("OK", client.Ask("AUTH", Token));
        Assert.Contains("remaining,20", client.Ask("THROTTLE.RETURN", "per-client", "42"), StringComparison.Ordinal);
        Assert.Equal("RESET", client.Ask("RESET"));
        Assert.StartsWith("NOAUTH ", client.Ask("THROTTLE.RESET", "per-client", "42"), StringComparison.Ordinal);
        Assert.StartsWith("{server,", client.Ask("HELLO", "3", "AUTH", "anybody", Token), StringComparison.Ordinal);
        Assert.Equal("0", client.Ask("THROTTLE.RESET", "per-client", "42"));
    }

    [Fact]
    public async Task Token_RedisBeyondLoopback_IsMadeUp()
    {
        await using var node = await RedisNode.StartAsync(redis: options => options with { EndPoint = new(IPAddress.Any, 0) });
        Assert.True(node.Node.IsAdminTokenGenerated);
        using var client = node.Connect();
        Assert.StartsWith("NOAUTH ", client.Ask("THROTTLE.RESET", "per-client", "42"), StringComparison.Ordinal);
        Assert.Equal("OK", client.Ask("AUTH", node.Node.AdminToken!));
        Assert.Equal("0", client.Ask("THROTTLE.RESET", "per-client", "42"));
    }

    [Fact]
    public async Task Start_PortIsTaken_SaysWhichAndWhatToDo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var options = new RedisOptions { EndPoint = (IPEndPoint)taken.LocalEndpoint };
        var e = await Assert.ThrowsAnyAsync<IOException>(() => ThrottleNode.StartAsync(new NodeOptions { Urls = ["http://127.0.0.1:0"], Redis = options }));
        Assert.Equal(
            $"Cannot listen on {taken.LocalEndpoint} for the Redis protocol: it is in use. Choose another with --redis-port, or 0 for none.",
            Errors.OfStart(e, null, ["http://127.0.0.1:0"], options));
    }

    [Fact]
    public async Task Addresses_WithRedis_AreThoseOfHttp()
    {
        await using var node = await RedisNode.StartAsync();
        var address = Assert.Single(node.Node.Addresses);
        Assert.NotEqual(node.Node.RedisEndPoint!.Port, new Uri(address).Port);
        Assert.Equal(200, (int)(await node.Http.GetAsync("/health/live")).StatusCode);
    }

    [Theory]
    [InlineData("6380", "127.0.0.1:6380")]
    [InlineData("65535", "127.0.0.1:65535")]
    [InlineData("0", null)]
    [InlineData("0.0.0.0:6380", "0.0.0.0:6380")]
    [InlineData("[::]:6380", "[::]:6380")]
    [InlineData("localhost:7000", "127.0.0.1:7000")]
    public void Parse_APort_IsWhereToListen(string text, string? endPoint)
    {
        Assert.True(RedisOptions.TryParse(text, out var options));
        Assert.Equal(endPoint, options?.EndPoint.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("65536")]
    [InlineData("6380x")]
    [InlineData("0.0.0.0")]
    [InlineData("0.0.0.0:0")]
    [InlineData("::1")]
    [InlineData("::1:6380")]
    [InlineData("example.com:6380")]
    public void Parse_Anything_IsRefused(string text) => Assert.False(RedisOptions.TryParse(text, out _));
}
