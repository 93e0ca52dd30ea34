using System.Text;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.Redis;

/// <summary>What one connection does wrong costs nobody's memory.</summary>
[Collection(MemoryCollection.Name)]
public sealed class RedisMemoryTests
{
    [Fact]
    public async Task SlowReader_StopsBeingReadFromAndIsClosed()
    {
        await using var node = await RedisNode.StartAsync(redis: options => options with { StallTimeout = TimeSpan.FromMilliseconds(1) });
        using var client = node.Connect();
        using var other = node.Connect();
        var commands = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("COMMAND\r\n", 10_000)));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await Eventually.IsTrueAsync(
            () =>
            {
                try
                {
                    client.Send(commands);
                    return false;
                }
                catch (IOException)
                {
                    return true;
                }
            },
            "the connection of a client that reads nothing is closed");
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 64_000_000, "Answers that nobody reads have been kept.");
        Assert.Equal("PONG", other.Ask("PING"));
    }
}
