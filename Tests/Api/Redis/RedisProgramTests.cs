using System.Diagnostics;
using System.Globalization;

namespace Throttle.Tests.Api.Redis;

/// <summary>Redis' own programs as clients.</summary>
public sealed class RedisProgramTests
{
    [RedisProgramFact]
    public async Task RedisCli_AsksAsItAsksRedis()
    {
        await using var node = await RedisNode.StartAsync();
        Assert.Equal("0\n16\n15\n-1\n2\n", await RunAsync(node, "redis-cli", "CL.THROTTLE", "user123", "15", "30", "60"));
        Assert.Equal("PONG\n", await RunAsync(node, "redis-cli", "-3", "PING"));
        Assert.StartsWith("allowed 1\nrule per-client\n", await RunAsync(node, "redis-cli", "-3", "THROTTLE.ACQUIRE", "per-client", "42"), StringComparison.Ordinal);
        Assert.StartsWith("ERR unknown command 'GET'", await RunAsync(node, "redis-cli", "GET", "x"), StringComparison.Ordinal);
        Assert.StartsWith("# Server\r\nredis_version:", await RunAsync(node, "redis-cli", "INFO"), StringComparison.Ordinal);
    }

    [RedisProgramFact]
    public async Task RedisBenchmark_Pipelined_IsServed()
    {
        await using var node = await RedisNode.StartAsync();
        var printed = await RunAsync(
            node, "redis-benchmark", "-q", "-n", "20000", "-P", "64", "-c", "10", "-r", "100", "CL.THROTTLE", "key:__rand_int__", "9", "10", "60");
        Assert.Contains("requests per second", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("rror", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", printed, StringComparison.Ordinal);
        using var client = node.Connect();
        Assert.Matches("total_commands_processed:200\\d\\d\r", client.Ask("INFO"));
    }

    private static async Task<string> RunAsync(RedisNode node, string program, params string[] arguments)
    {
        var port = node.Node.RedisEndPoint!.Port.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(RedisProgramFactAttribute.Find(program)!, ["-p", port, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return await output + await error;
    }
}
