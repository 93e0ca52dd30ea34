using System.Text;
using Throttle.Api.Redis;

namespace Throttle.Tests.Api.Redis;

/// <summary>What a connection keeps, and for how long it bears with its client.</summary>
public sealed class RedisConnectionTests
{
    // What an idle connection may keep.
    private const int MaxIdle = 16 * 1024;

    [Fact]
    public async Task Idle_AfterALargeCommand_KeepsLittleMemory()
    {
        await using var connection = new PipedConnection();
        var argument = new string('x', RespLimits.MaxArgumentBytes);
        await connection.SendAsync(RedisClient.Command([.. Enumerable.Repeat(argument, RespLimits.MaxCommandBytes / RespLimits.MaxArgumentBytes)]));
        Assert.StartsWith("-ERR unknown command", await connection.ReadAsync(), StringComparison.Ordinal);
        Assert.InRange(connection.Connection.Capacity, 0, MaxIdle);
    }

    [Fact]
    public async Task Idle_AfterALargeBlankLine_KeepsLittleMemory()
    {
        await using var connection = new PipedConnection();
        await connection.SendAsync(new string(' ', RespLimits.MaxInlineBytes - 1) + "\r\n");
        Assert.InRange(connection.Connection.Capacity, 0, MaxIdle);
    }

    [Fact]
    public async Task Idle_AfterAskingForMuchTogether_KeepsLittleMemory()
    {
        const int Count = 900;
        RemoteLimits? limits = null;
        await using var connection = new PipedConnection(inner => limits = new(inner));
        await connection.SendAsync(string.Concat(Enumerable.Repeat(RedisClient.Command("CL.THROTTLE", "k", "9", "1", "60"), Count)));
        var answers = new StringBuilder();
        while (answers.ToString().Count(c => c == '*') < Count)
        {
            answers.Append(await connection.ReadAsync());
        }

        Assert.Equal([Count], limits!.Batches);
        Assert.InRange(connection.Connection.Capacity, 0, MaxIdle);
    }

    [Fact]
    public async Task Unfinished_AfterALargePart_IsKeptWhole()
    {
        await using var connection = new PipedConnection();
        var command = RedisClient.Command("ECHO", new string('x', RespLimits.MaxArgumentBytes));
        await connection.SendAsync(command[..^10]);
        await connection.SendAsync(command[^10..]);
        Assert.Equal($"${RespLimits.MaxArgumentBytes}\r\n{new string('x', RespLimits.MaxArgumentBytes)}\r\n", await connection.ReadAsync());
    }

    [Fact]
    public async Task Unfinished_Dripping_IsCutOffAMinuteAfterItBegan()
    {
        await using var connection = new PipedConnection();
        await connection.SendAsync("PING\r\nPI");
        for (var second = 1; second <= 60; second++)
        {
            connection.Clock.Advance(TimeSpan.FromSeconds(1));
            await connection.SendAsync("x");
            Assert.False(connection.IsCutOff(), $"After {second} s.");
        }

        connection.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(connection.IsCutOff());
    }

    [Fact]
    public async Task Unfinished_LargeAndSteady_HasAMinuteForEachCommand()
    {
        await using var connection = new PipedConnection();
        var argument = new string('x', RespLimits.MaxArgumentBytes);
        var command = RedisClient.Command([.. Enumerable.Repeat(argument, RespLimits.MaxCommandBytes / RespLimits.MaxArgumentBytes)]);
        var piece = command.Length / 59;

        // Each read but the first ends one command and begins the next, so that there is always an unfinished one.
        await connection.SendAsync(command[..piece]);
        for (var n = 0; n < 3; n++)
        {
            for (var at = piece; at < command.Length; at += piece)
            {
                connection.Clock.Advance(TimeSpan.FromSeconds(1));
                Assert.False(connection.IsCutOff(), $"Command {n}, after {at} bytes.");
                await connection.SendAsync(at + piece < command.Length ? command.Substring(at, piece) : command[at..] + command[..piece]);
            }

            Assert.StartsWith("-ERR unknown command", await connection.ReadAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Finished_AndWaitingForPermits_IsNotTimed()
    {
        await using var connection = new PipedConnection();
        await connection.SendAsync(RedisClient.Command("THROTTLE.ACQUIRE", "slow", "42"));
        Assert.Contains("allowed", await connection.ReadAsync(), StringComparison.Ordinal);
        var command = RedisClient.Command("THROTTLE.ACQUIRE", "ATTR", "user", "42", "WAIT", "3600000");
        await connection.SendAsync(command[..10]);
        connection.Clock.Advance(TimeSpan.FromSeconds(59));
        await connection.SendAsync(command[10..]);
        connection.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.False(connection.IsCutOff());
    }

    [Fact]
    public async Task Unfinished_ByBlankLines_IsNotTimed()
    {
        await using var connection = new PipedConnection();
        await connection.SendAsync("\r");
        await connection.SendAsync("\n");
        connection.Clock.Advance(TimeSpan.FromMinutes(10));
        await connection.SendAsync("P");
        Assert.False(connection.IsCutOff());
        connection.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(connection.IsCutOff());
    }
}
