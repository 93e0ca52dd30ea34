using System.Net;
using Throttle.Api.Hosting;
using Throttle.Api.Redis;
using Throttle.Core.Time;
using Throttle.Tests.Api.Http;

namespace Throttle.Tests.Api.Redis;

/// <summary>A node that speaks Redis on a free port of 127.0.0.1, and whose clock stands still.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    private readonly TestNode _node;

    private RedisNode(TestNode node) => _node = node;

    public ThrottleNode Node => _node.Node;

    public HttpClient Http => _node.Client;

    public VirtualTimeProvider Clock => Node.VirtualClock!;

    public static async Task<RedisNode> StartAsync(
        string rules = TestNode.PerClient, Func<RedisOptions, RedisOptions>? redis = null, Func<NodeOptions, NodeOptions>? node = null)
    {
        var options = new RedisOptions { EndPoint = new(IPAddress.Loopback, 0) };
        return new(await TestNode.StartAsync(rules, given =>
        {
            var configured = given with { Redis = redis is null ? options : redis(options) };
            return node is null ? configured : node(configured);
        }));
    }

    /// <summary>A new connection.</summary>
    public RedisClient Connect() => new(new(IPAddress.Loopback, Node.RedisEndPoint!.Port));

    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
