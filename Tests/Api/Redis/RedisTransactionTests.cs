using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Throttle.Api.Http;
using Throttle.Api.Redis;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Redis;

/// <summary>MULTI and what belongs to it.</summary>
public sealed class RedisTransactionTests
{
    private static readonly string[] Take = ["CL.THROTTLE", "k", "9", "1", "60"];
    private static readonly string[] Look = ["CL.THROTTLE", "k", "9", "1", "60", "0"];

    public static TheoryData<string> Cases() => [.. Rows().Select(row => row[0]).Distinct(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Script_IsAnsweredAsByRedis(string name)
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        Replay(client, name);
    }

    [RedisServerTheory]
    [MemberData(nameof(Cases))]
    public async Task Script_IsAnsweredSoByRedisItself(string name)
    {
        var (port, process) = await StartRedisAsync();
        using (process)
        {
            try
            {
                using var client = new RedisClient(new(IPAddress.Loopback, port));
                Replay(client, name);
            }
            finally
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
        }
    }

    [Fact]
    public async Task Exec_CommandsOfLimits_AreDoneThenAndInOrder()
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        using var other = node.Connect();
        Assert.Equal("OK", client.Ask("MULTI"));
        Assert.Equal("QUEUED", client.Ask(Take));
        Assert.Equal("QUEUED", client.Ask("THROTTLE", "k", "10", "1", "60", "2"));
        Assert.Equal("QUEUED", client.Ask("THROTTLE.ACQUIRE", "per-client", "42", "20"));
        Assert.Equal("QUEUED", client.Ask("CL.THROTTLE", "k", "-1", "1", "60"));
        Assert.Equal("QUEUED", client.Ask("TTL", "k"));
        Assert.Equal("0,10,10,-1,0", other.Ask(Look));

        var answers = client.Ask("EXEC");

        Assert.StartsWith("0,10,9,-1,60,1,10,7,660,0,allowed,1,rule,per-client,key,42,limit,20,remaining,0,", answers, StringComparison.Ordinal);
        Assert.EndsWith(",ERR value is not an integer or out of range: max_burst is '-1'; use 0 to 9007199254740991.,180", answers, StringComparison.Ordinal);
        Assert.Equal("0,10,7,-1,180", other.Ask(Look));
        Assert.Equal("PONG", client.Ask("PING"));
    }

    [Fact]
    public async Task Exec_AfterAFaultWhenQueueing_DoesNothing()
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        client.Ask("MULTI");
        client.Ask(Take);
        Assert.Equal("ERR wrong number of arguments for 'cl.throttle' command", client.Ask("CL.THROTTLE", "k"));
        Assert.Equal("QUEUED", client.Ask(Take));
        Assert.Equal("EXECABORT Transaction discarded because of previous errors.", client.Ask("EXEC"));
        Assert.Equal("0,10,10,-1,0", client.Ask(Look));
    }

    [Fact]
    public async Task Exec_AllInOnePacket_IsAnsweredInOrder()
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        client.Send(string.Concat(
            RedisClient.Command(Take), RedisClient.Command("MULTI"), RedisClient.Command(Take), RedisClient.Command(Take), RedisClient.Command("EXEC"), RedisClient.Command("PING")));
        string[] expected = ["0,10,9,-1,60", "OK", "QUEUED", "QUEUED", "0,10,8,-1,120,0,10,7,-1,180", "PONG"];
        Assert.All(expected, reply => Assert.Equal(reply, client.Read()));
        Assert.Contains("total_commands_processed:8\r\n", client.Ask("INFO", "stats"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_LostBeforeExec_DoesNothing()
    {
        await using var node = await RedisNode.StartAsync();
        using var other = node.Connect();
        using (var client = node.Connect())
        {
            client.Ask("MULTI");
            Assert.Equal("QUEUED", client.Ask(Take));
        }

        await Eventually.IsTrueAsync(() => other.Ask("INFO", "clients").Contains("connected_clients:1\r", StringComparison.Ordinal), "the lost connection has ended");
        Assert.Equal("0,10,10,-1,0", other.Ask(Look));
    }

    [Fact]
    public async Task Exec_OfAHandful_AnswersMoreThanIsKeptWaiting()
    {
        const int Count = 2_000;
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        var text = new string('x', 400);
        var sending = Task.Run(() => client.Send(
            RedisClient.Command("MULTI") + string.Concat(Enumerable.Repeat(RedisClient.Command("ECHO", text), Count)) + RedisClient.Command("EXEC")));
        for (var i = 0; i <= Count; i++)
        {
            Assert.Equal(i == 0 ? "OK" : "QUEUED", client.Read());
        }

        Assert.Equal(string.Join(',', Enumerable.Repeat(text, Count)), client.Read());
        await sending;
    }

    [Theory]
    [InlineData(RespLimits.MaxTransactionCommands, 1)]
    [InlineData(18, 60_000)]
    public async Task Transaction_LargerThanMayBe_IsRefusedWhole(int most, int size)
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        var commands = RedisClient.Command(Take) + string.Concat(Enumerable.Repeat(RedisClient.Command("ECHO", new string('x', size)), most - 1));
        var sending = Task.Run(() => client.Send(RedisClient.Command("MULTI") + commands + RedisClient.Command("ECHO", new string('x', size)) + RedisClient.Command("EXEC")));
        Assert.Equal("OK", client.Read());
        for (var i = 0; i < most; i++)
        {
            Assert.Equal("QUEUED", client.Read());
        }

        Assert.Equal("ERR the transaction is too large: at most 10000 commands and 1048576 bytes; send fewer at once.", client.Read());
        Assert.StartsWith("EXECABORT ", client.Read(), StringComparison.Ordinal);
        await sending;
        Assert.Equal("0,10,10,-1,0", client.Ask(Look));
    }

    [Fact]
    public async Task Transactions_OfAllConnections_ShareRoomAndGiveItBack()
    {
        await using var throttle = new LocalThrottle(new LocalRules([]));
        var front = new RedisFront(
            throttle, throttle.Rules, throttle.InlineLimits, new ThrottleApiOptions(), new RedisOptions { EndPoint = new(IPAddress.Loopback, 0) }, NullLogger<RedisFront>.Instance);
        var command = new RespParser();
        command.Read(Encoding.ASCII.GetBytes(RedisClient.Command("ECHO", new string('x', RespLimits.MaxArgumentBytes))), out _);
        var all = new List<RedisTransaction>();
        string? fault = null;
        while (fault is null)
        {
            var transaction = new RedisTransaction(front);
            all.Add(transaction);
            for (var i = 0; i < 15 && fault is null; i++)
            {
                fault = transaction.TryAdd(command);
            }
        }

        Assert.Equal("ERR all transactions together hold 67108864 bytes, the most that they may; try again later.", fault);
        Assert.InRange(all.Count, 64, 70);
        all[0].Clear();
        Assert.Null(all[^1].TryAdd(command));
        all.ForEach(transaction => transaction.Abort());
        Assert.True(front.TryHold(RespLimits.MaxHeldBytes));
    }

    [Fact]
    public async Task Watch_BucketUntouched_TimeAloneChangesNothing()
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        client.Ask(Take);
        client.Ask(Take);
        client.Ask("WATCH", "k", "other");
        node.Clock.Advance(TimeSpan.FromSeconds(61.5));
        client.Ask("MULTI");
        client.Ask(Look);
        Assert.Equal("0,10,9,-1,59", client.Ask("EXEC"));
    }

    [Theory]
    [InlineData("CL.THROTTLE k 9 1 60")]
    [InlineData("CL.THROTTLE k 9 2 60")]
    [InlineData("DEL k")]
    [InlineData("CL.THROTTLE other 9 1 60")]
    [InlineData("time")]
    public async Task Watch_BucketChanged_ExecDoesNothing(string change)
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        using var disturber = node.Connect();
        client.Ask(Take);
        client.Ask("WATCH", "k", "other");
        client.Ask("MULTI");
        client.Ask("CL.THROTTLE", "third", "9", "1", "60");
        if (change == "time")
        {
            node.Clock.Advance(TimeSpan.FromSeconds(60));
        }
        else
        {
            disturber.Ask(change.Split(' '));
        }

        Assert.Equal("null", client.Ask("EXEC"));
        Assert.Equal("0", client.Ask("EXISTS", "third"));
        client.Ask("MULTI");
        client.Ask("PING");
        Assert.Equal("PONG", client.Ask("EXEC"));
    }

    [Theory]
    [InlineData("UNWATCH")]
    [InlineData("RESET")]
    public async Task Watch_ThenNoMore_ExecIsDone(string command)
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        using var disturber = node.Connect();
        client.Ask("WATCH", "k");
        disturber.Ask(Take);
        client.Ask(command);
        client.Ask("MULTI");
        client.Ask("PING");
        Assert.Equal("PONG", client.Ask("EXEC"));
    }

    [Fact]
    public async Task Watch_MoreThanMayBe_IsRefusedAndWatchesWhatItDid()
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        client.Ask(["WATCH", .. Enumerable.Range(0, 1023).Select(i => i.ToString(CultureInfo.InvariantCulture))]);
        Assert.Equal("OK", client.Ask("WATCH", "k", "0"));
        Assert.Equal("ERR 1025 keys would be watched; a connection may watch 1024.", client.Ask("WATCH", "more"));
        Assert.Contains("multi=-1 watch=1024 ", client.Ask("CLIENT", "INFO"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_ACommandThatWouldWait_DoesNot()
    {
        await using var node = await RedisNode.StartAsync();
        using var client = node.Connect();
        client.Ask("THROTTLE.ACQUIRE", "per-client", "42", "20");
        client.Ask("MULTI");
        client.Ask("THROTTLE.ACQUIRE", "ATTR", "user", "42", "path", "/api/x", "WAIT", "1000");
        Assert.StartsWith("allowed,0,rule,per-client,key,42,limit,20,remaining,0,retry-after-ms,100,", client.Ask("EXEC"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_InBothProtocols_AnswersNullAsEachHasIt()
    {
        await using var node = await RedisNode.StartAsync();
        foreach (var (protocol, reply) in new[] { ("2", "*-1\r\n"), ("3", "_\r\n") })
        {
            using var client = node.Connect();
            using var disturber = node.Connect();
            client.Ask("HELLO", protocol);
            client.Ask("WATCH", protocol);
            disturber.Ask("CL.THROTTLE", protocol, "9", "1", "60");
            client.Ask("MULTI");
            client.Send(RedisClient.Command("EXEC") + RedisClient.Command("QUIT"));
            var received = new byte[64];
            var length = 0;
            for (int read; (read = client.Socket.Receive(received.AsSpan(length))) > 0; length += read)
            {
            }

            Assert.Equal(reply + "+OK\r\n", Encoding.ASCII.GetString(received, 0, length));
        }
    }

    private static IEnumerable<string[]> Rows() => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Redis", "transactions.tsv"))
        .Where(line => !line.StartsWith('#'))
        .Skip(1)
        .Select(line => line.Split('\t'));

    private static void Replay(RedisClient client, string name)
    {
        var rows = Rows().Where(row => row[0] == name).ToArray();
        Assert.NotEmpty(rows);
        foreach (var row in rows)
        {
            Assert.Equal((row[1], row[2]), (row[1], client.Ask(row[1].Split(' '))));
        }
    }

    private static async Task<(int Port, Process Process)> StartRedisAsync()
    {
        var port = FreePorts.Take();
        var process = Process.Start(new ProcessStartInfo(
            RedisProgramFactAttribute.Find("redis-server")!,
            ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        {
            RedirectStandardOutput = true,
        })!;
        _ = process.StandardOutput.ReadToEndAsync();
        await Eventually.IsTrueAsync(
            () =>
            {
                try
                {
                    using var client = new RedisClient(new(IPAddress.Loopback, port));
                    return client.Ask("PING") == "PONG";
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "redis-server answers");
        return (port, process);
    }
}
