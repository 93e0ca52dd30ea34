using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Throttle.Api.Http;
using Throttle.Api.Redis;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Tests.Api.Redis;

/// <summary>What a command costs in memory, from its bytes to those of its answer.</summary>
public sealed class RedisAllocationTests
{
    private const int Batch = 64;
    private const int Batches = 200;

    [Theory]
    [InlineData("CL.THROTTLE")]
    [InlineData("THROTTLE")]
    [InlineData("GCRA")]
    [InlineData("RL.THROTTLE")]
    public async Task Command_OfBusyKeys_AllocatesNothing(string name)
    {
        await using var throttle = new LocalThrottle(new LocalRules([]));
        var front = new RedisFront(
            throttle, throttle.Rules, throttle.InlineLimits, new ThrottleApiOptions(), new RedisOptions { EndPoint = new(IPAddress.Loopback, 0) }, NullLogger<RedisFront>.Instance);
        var pipe = new Pipe();
        var parser = new RespParser();
        var session = new RedisSession(front, parser, new RespWriter(pipe.Writer), 1, null, null, () => default, CancellationToken.None);
        var input = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, Batch).Select(i => RedisClient.Command(name, $"user-{i % 8}", "1000000", "1000000", "60"))));
        Run(pipe, session, parser, input);
        Run(pipe, session, parser, input);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(pipe, session, parser, input);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < Batch * Batches / 10, $"{Batch * Batches} commands allocated {allocated} bytes.");
    }

    private static void Run(Pipe pipe, RedisSession session, RespParser parser, ReadOnlySpan<byte> input)
    {
        for (var i = 0; i < Batches; i++)
        {
            for (var rest = input; !rest.IsEmpty;)
            {
                Assert.True(parser.Read(rest, out var taken) == RespResult.Command);
                rest = rest[taken..];
                Assert.True(session.DoAsync().IsCompletedSuccessfully);
            }

            Assert.True(pipe.Writer.FlushAsync().IsCompletedSuccessfully);
            Assert.True(pipe.Reader.TryRead(out var read));
            pipe.Reader.AdvanceTo(read.Buffer.End);
        }
    }
}
