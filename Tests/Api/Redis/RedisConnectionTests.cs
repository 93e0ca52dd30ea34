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
}
