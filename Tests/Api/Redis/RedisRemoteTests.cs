using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Api.Hosting;
using Throttle.Api.Http;
using Throttle.Api.Redis;
using Throttle.Core;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Inline;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Api.Redis;

/// <summary>The front where buckets are elsewhere, as in a cluster.</summary>
public sealed class RedisRemoteTests : IAsyncLifetime
{
    private readonly LocalThrottle _throttle = new(
        new LocalRules([LimitBy.TokenBucket("per-client", 20, "10/s", "user")]),
        new LocalThrottleOptions { TimeProvider = new VirtualTimeProvider(DateTimeOffset.UnixEpoch) });

    private readonly NodeFront _front = new(
        ["http://127.0.0.1:0"], null, TimeSpan.FromSeconds(10), new RedisOptions { EndPoint = new(IPAddress.Loopback, 0) });

    private readonly RemoteLimits _limits;
    private readonly WebApplication _app;

    public RedisRemoteTests()
    {
        _limits = new(_throttle.InlineLimits);
        var builder = _front.CreateBuilder();
        builder.Services.AddSingleton<IRules>(_throttle.Rules).AddSingleton<IThrottle>(_throttle).AddSingleton<IInlineLimits>(_limits);
        _app = _front.Build(builder, new ThrottleApiOptions());
    }

    public Task InitializeAsync() => _app.StartAsync();

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _throttle.DisposeAsync();
    }

    [Fact]
    public void Pipeline_IsAskedTogetherAndAnsweredInOrder()
    {
        using var client = new RedisClient(_front.RedisEndPoint!);
        client.Send(
            RedisClient.Command("CL.THROTTLE", "k", "9", "1", "60")
            + RedisClient.Command("THROTTLE", "k", "0", "1", "60")
            + RedisClient.Command("THROTTLE", "k", "10", "1", "60", "0")
            + RedisClient.Command("CL.THROTTLE", "k")
            + RedisClient.Command("CL.THROTTLE", "k", "9", "1", "60", "10")
            + RedisClient.Command("THROTTLE.ACQUIRE", "per-client", "42")
            + RedisClient.Command("CL.THROTTLE", "k", "9", "1", "60"));
        Assert.Equal("0,10,9,-1,60", client.Read());
        Assert.StartsWith("ERR invalid max_burst", client.Read(), StringComparison.Ordinal);
        Assert.Equal("1,10,9,540,0", client.Read());
        Assert.Equal("ERR wrong number of arguments for 'cl.throttle' command", client.Read());
        Assert.Equal("1,10,9,60,60", client.Read());
        Assert.Contains("remaining,19", client.Read(), StringComparison.Ordinal);
        Assert.Equal("0,10,8,-1,120", client.Read());
        Assert.Equal([3, 1], _limits.Batches);
    }

    [Fact]
    public void Pipeline_OfThousands_IsAskedInBatches()
    {
        const int Count = 2_500;
        using var client = new RedisClient(_front.RedisEndPoint!);
        client.Send(string.Concat(Enumerable.Repeat(RedisClient.Command("THROTTLE", "k", "2500", "1", "60"), Count)));
        for (var i = 1; i <= Count; i++)
        {
            Assert.StartsWith(FormattableString.Invariant($"1,2500,{Count - i},"), client.Read(), StringComparison.Ordinal);
        }

        Assert.Equal(Count, _limits.Batches.Sum());
        Assert.All(_limits.Batches, size => Assert.InRange(size, 1, 1000));
    }

    [Fact]
    public void Transaction_IsAskedTogetherAndAnsweredInOrder()
    {
        using var client = new RedisClient(_front.RedisEndPoint!);
        client.Send(
            RedisClient.Command("CL.THROTTLE", "k", "9", "1", "60")
            + RedisClient.Command("MULTI")
            + RedisClient.Command("CL.THROTTLE", "k", "9", "1", "60")
            + RedisClient.Command("THROTTLE", "k", "0", "1", "60")
            + RedisClient.Command("GCRA", "k", "9", "1", "60", "TOKENS", "2")
            + RedisClient.Command("EXEC")
            + RedisClient.Command("CL.THROTTLE", "k", "9", "1", "60"));
        string[] expected =
        [
            "0,10,9,-1,60", "OK", "QUEUED", "QUEUED", "QUEUED",
            "0,10,8,-1,120,ERR invalid max_burst: max_burst is '0'; use 1 to 9007199254740992.,0,10,6,-1,240", "0,10,5,-1,300",
        ];
        Assert.All(expected, reply => Assert.Equal(reply, client.Read()));
        Assert.Equal([1, 2, 1], _limits.Batches);
    }

    [Fact]
    public void Watch_NoAnswer_IsAnErrorAndExecDoesNothing()
    {
        using var client = new RedisClient(_front.RedisEndPoint!);
        Assert.Equal("OK", client.Ask("WATCH", "lost"));
        client.Ask("MULTI");
        client.Ask("CL.THROTTLE", "a", "9", "1", "60");
        _limits.Instead = call => call.Key == "lost" ? BucketAnswer.Failed(Failure.Of(FailureReason.OwnerUnreachable)) : null;
        Assert.Equal("TRYAGAIN The limit's owner cannot be reached.", client.Ask("EXEC"));
        Assert.Equal("ERR EXEC without MULTI", client.Ask("EXEC"));
        Assert.Equal("0", client.Ask("EXISTS", "a"));
        Assert.Equal("TRYAGAIN The limit's owner cannot be reached.", client.Ask("WATCH", "lost"));
        Assert.Equal("TRYAGAIN The limit's owner cannot be reached.", client.Ask("DEL", "lost"));
    }

    [Fact]
    public void NoAnswer_IsAnErrorOfThatCommandAlone()
    {
        _limits.Instead = call => call.Key == "lost" ? BucketAnswer.Failed(Failure.Of(FailureReason.OwnerUnreachable)) : null;
        using var client = new RedisClient(_front.RedisEndPoint!);
        client.Send(
            RedisClient.Command("CL.THROTTLE", "a", "0", "1", "1")
            + RedisClient.Command("CL.THROTTLE", "lost", "0", "1", "1")
            + RedisClient.Command("CL.THROTTLE", "b", "0", "1", "1"));
        Assert.Equal("0,1,0,-1,1", client.Read());
        Assert.Equal("TRYAGAIN The limit's owner cannot be reached.", client.Read());
        Assert.Equal("0,1,0,-1,1", client.Read());
    }

    [Fact]
    public void Failure_IsAnErrorAndTheConnectionGoesOn()
    {
        _limits.Instead = call => call.Key == "bad" ? throw new InvalidDataException("A secret.") : null;
        using var client = new RedisClient(_front.RedisEndPoint!);
        Assert.Matches("^ERR internal error; the node's log has more, as failure [0-9a-f]{12}\\.$", client.Ask("CL.THROTTLE", "bad", "0", "1", "1"));
        Assert.Equal("0,1,0,-1,1", client.Ask("CL.THROTTLE", "a", "0", "1", "1"));
    }
}
