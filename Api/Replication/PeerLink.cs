using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Throttle.Api.Hosting;
using Throttle.Core.Replication;

namespace Throttle.Api.Replication;

/// <summary>Tells one peer what this node has granted, when something has changed, and now and then asks where it stands.</summary>
internal sealed partial class PeerLink : IDisposable
{
    // Of a page's keys together; with their escapes and numbers a page stays well below what a body may have.
    private const int MaxKeyLength = 64 * 1024;
    private const int MaxAnswerBytes = 64 * 1024;
    private const int MaxDoublings = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly IReplicationLog _own;
    private readonly ReplicationMeter _meter;
    private readonly ReplicationOptions _options;
    private readonly TimeProvider _time;
    private readonly Uri _endpoint;
    private readonly ILogger _log;
    private readonly HttpClient _http;
    private readonly Random _random;
    private readonly SemaphoreSlim _exchanging = new(1);
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _through;
    private int _failed;

    public PeerLink(
        Uri endpoint, IReplicationLog own, ReplicationMeter meter, ReplicationOptions options, TimeProvider time, ILogger log)
    {
        (_endpoint, _own, _meter, _options, _time, _log) = (endpoint, own, meter, options, time, log);

        // Real time: what is waited for is a machine, not a bucket.
        _http = new(options.CreateHandler()) { Timeout = Patience, MaxResponseContentBufferSize = MaxAnswerBytes };
        _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {options.Token}");

        // Only spreads tries over time; different for each pair of nodes.
        _random = new(unchecked((int)own.Incarnation) ^ StringComparer.Ordinal.GetHashCode(Name));
    }

    /// <summary>The peer's address without the path.</summary>
    public string Name => _endpoint.Authority;

    /// <summary>Changes that the peer has not been told.</summary>
    public long Behind => Math.Max(0, _own.Version - Volatile.Read(ref _through));

    /// <summary>Something has changed. Never blocks.</summary>
    public void Wake() => _changes.Writer.TryWrite(true);

    /// <summary>Exchanges until it is cancelled, and never fails.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await ExchangeAsync(cancellationToken).ConfigureAwait(false);
            await PauseAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Tells the peer everything that it lacks.</summary>
    /// <returns>Whether it has everything now.</returns>
    public async Task<bool> ExchangeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _exchanging.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        try
        {
            _changes.Reader.TryRead(out _);
            await SendAllAsync(cancellationToken).ConfigureAwait(false);
            if (Interlocked.Exchange(ref _failed, 0) > 0)
            {
                LogReached(_log, Name);
            }

            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is, the next try may do; said once, for a peer may be down for days.
            _meter.CountFailure(this);
            if (Interlocked.Increment(ref _failed) == 1)
            {
                LogFailed(_log, Name, ReasonOf(e));
            }

            return false;
        }
        catch (Exception)
        {
            return false;
        }
        finally
        {
            _exchanging.Release();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _exchanging.Dispose();
    }

    private static string ReasonOf(Exception e) => e switch
    {
        OperationCanceledException => $"no answer for {Patience.TotalSeconds:0} s",
        HttpRequestException { InnerException: { } inner } => Errors.FirstLine(inner),
        _ => Errors.FirstLine(e),
    };

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _failed) is > 0 and var failed)
        {
            var pause = FirstPause * (1 << Math.Min(failed - 1, MaxDoublings));
            await Task.Delay((pause < LongestPause ? pause : LongestPause) * (0.5 + (_random.NextDouble() / 2)), _time, cancellationToken)
                .ConfigureAwait(false);
            return;
        }

        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var check = Task.Delay(_options.CheckInterval, _time, waiting.Token);
        var change = _changes.Reader.WaitToReadAsync(waiting.Token).AsTask();
        var first = await Task.WhenAny(check, change).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        if (first == change)
        {
            await Task.Delay(_options.Interval, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendAllAsync(CancellationToken cancellationToken)
    {
        var hasGoneBack = false;
        while (true)
        {
            var page = _own.ReadPage(_through, maxKeyLength: MaxKeyLength);
            var heard = await SendAsync(page, cancellationToken).ConfigureAwait(false);
            if (heard < page.Through)
            {
                // It knows less than was thought: it has begun anew, or this node has. Once; twice would be no end.
                if (hasGoneBack || heard > page.After)
                {
                    throw new HttpRequestException($"it answers that it knows {heard}, and was told {page.After} to {page.Through}");
                }

                hasGoneBack = true;
            }

            Volatile.Write(ref _through, Math.Min(heard, page.Through));
            if (heard >= page.Through)
            {
                _meter.CountSent(this, page.Entries.Count);
                if (page.IsLast)
                {
                    return;
                }
            }
        }
    }

    /// <returns>The version up to which the peer has heard everything.</returns>
    private async Task<long> SendAsync(ReplicationPage page, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(ReplicationJson.Write(page)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var response = await _http.PostAsync(_endpoint, content, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.OK && ReplicationJson.ReadAnswer(body) is { } answer
            ? answer.Through
            : throw new HttpRequestException(Refusal(response.StatusCode, body));
    }

    private static string Refusal(HttpStatusCode status, byte[] body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            if (problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty("detail", out var detail))
            {
                return $"it answers {(int)status}: {detail}";
            }
        }
        catch (JsonException)
        {
            // Something else than a node of ours.
        }

        return $"it answers {(int)status}, which is no answer of a node that replicates";
    }

    [LoggerMessage(1, LogLevel.Warning, "The peer {Peer} cannot be told what was granted here: {Reason}. It is tried again until it can, and decisions go on meanwhile")]
    private static partial void LogFailed(ILogger log, string peer, string reason);

    [LoggerMessage(2, LogLevel.Information, "The peer {Peer} is told again what was granted here")]
    private static partial void LogReached(ILogger log, string peer);
}
