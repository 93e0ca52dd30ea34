using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Throttle.Api.Http;
using Throttle.Api.Redis;
using Throttle.Core.Inline;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Api.Redis;

/// <summary>
/// A connection without a network, whose look at its client is the test's to take: what is sent has been read, and done as far as it
/// need not wait, when <see cref="SendAsync"/> returns.
/// </summary>
internal sealed class PipedConnection : IAsyncDisposable
{
    private static readonly PipeOptions Inline = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0, useSynchronizationContext: false);

    private readonly Context _context = new();
    private readonly LocalThrottle _throttle = new(
        new LocalRules([LimitBy.TokenBucket("slow", 1, "1/h", "user")]),
        new LocalThrottleOptions { TimeProvider = new VirtualTimeProvider(DateTimeOffset.UnixEpoch) });

    private readonly Task _running;

    /// <param name="remote">What the limits that come with a command are asked of, or null for what is asked on the spot.</param>
    public PipedConnection(Func<IInlineLimits, IInlineLimits>? remote = null)
    {
        var limits = remote is null ? _throttle.InlineLimits : remote(_throttle.InlineLimits);
        var front = new RedisFront(
            _throttle, _throttle.Rules, limits, new ThrottleApiOptions(), new RedisOptions { EndPoint = new(IPAddress.Loopback, 0) }, NullLogger<RedisFront>.Instance);
        Connection = new(front, _context, 1);
        _running = Connection.RunAsync();
    }

    public RedisConnection Connection { get; }

    public async Task SendAsync(string text) => await _context.Client.Output.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>What has been answered, once there is anything.</summary>
    public async Task<string> ReadAsync()
    {
        var read = await _context.Client.Input.ReadAsync();
        var text = Encoding.UTF8.GetString(read.Buffer);
        _context.Client.Input.AdvanceTo(read.Buffer.End);
        return text;
    }

    public async ValueTask DisposeAsync()
    {
        await _context.Client.Output.CompleteAsync();
        await _running;
        Connection.Dispose();
        await _context.DisposeAsync();
        await _throttle.DisposeAsync();
    }

    private sealed class Context : DefaultConnectionContext
    {
        public Context()
            : base("test")
        {
            var (input, output) = (new Pipe(Inline), new Pipe(Inline));
            Transport = new Duplex(input.Reader, output.Writer);
            Client = new(output.Reader, input.Writer);
        }

        public Duplex Client { get; }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
