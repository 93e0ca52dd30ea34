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
        Connection = new(front, _context, 1, Clock);
        _running = Connection.RunAsync();
    }

    public RedisConnection Connection { get; }

    /// <summary>By which the client is timed, and nothing else.</summary>
    public VirtualTimeProvider Clock { get; } = new(DateTimeOffset.UnixEpoch);

    /// <summary>Looks at the client as the server does once a second.</summary>
    /// <returns>Whether it is, or was before, cut off.</returns>
    public bool IsCutOff()
    {
        _context.Look();
        return _context.IsAborted;
    }

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
        _context.Abort();
        await _context.Client.Output.CompleteAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // It was waiting for permits.
        }

        Connection.Dispose();
        await _context.DisposeAsync();
        await _throttle.DisposeAsync();
    }

    private sealed class Context : DefaultConnectionContext, IConnectionHeartbeatFeature
    {
        private readonly CancellationTokenSource _closed = new();
        private Action _look = () => { };

        public Context()
            : base("test")
        {
            var (input, output) = (new Pipe(Inline), new Pipe(Inline));
            Transport = new Duplex(input.Reader, output.Writer);
            Client = new(output.Reader, input.Writer);
            ConnectionClosed = _closed.Token;
            Features.Set<IConnectionHeartbeatFeature>(this);
        }

        public Duplex Client { get; }

        public bool IsAborted { get; private set; }

        public void Look() => _look();

        public void OnHeartbeat(Action<object> action, object state) => _look += () => action(state);

        public override void Abort(ConnectionAbortedException abortReason)
        {
            IsAborted = true;
            _closed.Cancel();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            _closed.Dispose();
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
