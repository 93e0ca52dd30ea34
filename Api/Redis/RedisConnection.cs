using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Throttle.Api.Redis;

/// <summary>
/// One connection: the commands of a read are done in order and answered in one write. While answers are not read nothing more is
/// taken in, so that a slow client costs a bounded memory; one that stalls in the middle of things for too long is closed.
/// </summary>
internal sealed class RedisConnection : IDisposable
{
    private readonly RedisFront _front;
    private readonly ConnectionContext _connection;
    private readonly RespParser _parser = new();
    private readonly RedisSession _session;
    private readonly RespWriter _writer;
    private readonly CancellationTokenSource _waiting;
    private readonly CancellationTokenRegistration _stop;
    private readonly TimeProvider _time;

    // Since when the client has left a command unfinished, however much of it has come meanwhile, or 0.
    private long _unfinishedSince;

    // Since when it has left its answers unread, or 0.
    private long _unreadSince;
    private bool _isGone;
    private bool _isAborted;

    public RedisConnection(RedisFront front, ConnectionContext connection, long id, TimeProvider time)
    {
        (_front, _connection, _time) = (front, connection, time);
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        _waiting = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, stopping);
        _writer = new(connection.Transport.Output);
        _session = new(front, _parser, _writer, id, connection.RemoteEndPoint, connection.LocalEndPoint, FlushAsync, _waiting.Token);
        connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(static state => ((RedisConnection)state).Look(), this);
        _stop = stopping.UnsafeRegister(static state => ((RedisConnection)state!)._connection.Transport.Input.CancelPendingRead(), this);
    }

    /// <summary>How many bytes it keeps room for, apart from those on their way.</summary>
    public int Capacity => _session.Capacity;

    /// <summary>Serves the client until one of both has enough.</summary>
    public async Task RunAsync()
    {
        var input = _connection.Transport.Input;
        while (!_isGone)
        {
            var read = await input.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            await DoAllAsync(read.Buffer).ConfigureAwait(false);
            input.AdvanceTo(read.Buffer.End);
            _session.Release();
            await FlushAsync().ConfigureAwait(false);
            if (read.IsCompleted || read.IsCanceled || _session.IsClosing)
            {
                break;
            }

            Mark(ref _unfinishedSince, _parser.IsWithinCommand);
        }
    }

    public void Dispose()
    {
        // What a client had queued when it went is not done.
        _session.EndTransaction();
        _stop.Dispose();
        _waiting.Dispose();
    }

    private async ValueTask DoAllAsync(ReadOnlySequence<byte> buffer)
    {
        var commands = 0;
        try
        {
            while (!_session.IsClosing && !_isGone)
            {
                var doing = DoSome(ref buffer, ref commands, out var isAll);
                if (!doing.IsCompletedSuccessfully)
                {
                    await doing.ConfigureAwait(false);
                }

                if (isAll)
                {
                    await _session.DrainAsync().ConfigureAwait(false);
                    break;
                }

                if (_writer.Waiting >= RespWriter.MaxWaiting)
                {
                    await FlushAsync().ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _front.Count(commands);
        }
    }

    /// <summary>Does commands until one has to be waited for, much is to be sent, or there are no more.</summary>
    private ValueTask DoSome(ref ReadOnlySequence<byte> buffer, ref int commands, out bool isAll)
    {
        isAll = false;
        while (!buffer.IsEmpty)
        {
            var piece = buffer.FirstSpan;
            var at = 0;
            while (at < piece.Length && !_session.IsClosing)
            {
                var result = _parser.Read(piece[at..], out var taken);
                at += taken;
                if (result == RespResult.NeedsMore)
                {
                    continue;
                }

                commands++;
                Mark(ref _unfinishedSince, false);
                var doing = result == RespResult.Command ? DoOne() : EndWithFaultAsync();
                if (!doing.IsCompletedSuccessfully || _writer.Waiting >= RespWriter.MaxWaiting)
                {
                    buffer = buffer.Slice(at);
                    return doing;
                }
            }

            buffer = buffer.Slice(_session.IsClosing ? buffer.Length : at);
        }

        isAll = true;
        return default;
    }

    private ValueTask DoOne()
    {
        if (!IsHttp())
        {
            return _session.DoAsync();
        }

        EndWithoutAWord();
        return default;
    }

    /// <summary>As Redis does with HTTP: what a page can make a browser send is not to be understood here, nor the answer there.</summary>
    private void EndWithoutAWord()
    {
        _front.WarnOfOtherProtocol(_connection.RemoteEndPoint);
        _front.Reject();
        _session.IsClosing = true;
    }

    /// <summary>Whether this is a line of an HTTP request: its first by its version or its method, or the field that every request has.</summary>
    private bool IsHttp()
    {
        var name = _parser[0];
        return name.Length is 4 or 5
            && (System.Text.Ascii.EqualsIgnoreCase(name, "POST"u8) || System.Text.Ascii.EqualsIgnoreCase(name, "Host:"u8))
            || (_parser.IsInline && _parser.Count > 1 && _parser[_parser.Count - 1].StartsWith("HTTP/"u8));
    }

    private async ValueTask EndWithFaultAsync()
    {
        await _session.DrainAsync().ConfigureAwait(false);
        if (_parser.IsOtherProtocol)
        {
            EndWithoutAWord();
            return;
        }

        _front.Reject();
        _writer.Error("ERR " + _parser.Fault);
        _session.IsClosing = true;
    }

    /// <summary>Sends what is written; completes when the client has read enough of it.</summary>
    private async ValueTask FlushAsync()
    {
        var flushing = _connection.Transport.Output.FlushAsync(CancellationToken.None);
        if (!flushing.IsCompletedSuccessfully)
        {
            Mark(ref _unreadSince, true);
        }

        var flushed = await flushing.ConfigureAwait(false);
        Mark(ref _unreadSince, false);
        _isGone |= flushed.IsCompleted;
    }

    /// <summary>Notes since when something has been so.</summary>
    private void Mark(ref long since, bool isSo)
    {
        if (!isSo)
        {
            Volatile.Write(ref since, 0);
        }
        else if (since == 0)
        {
            Volatile.Write(ref since, Math.Max(1, _time.GetTimestamp()));
        }
    }

    /// <summary>Looks once a second whether the client does its part.</summary>
    private void Look()
    {
        if (!_isAborted && (IsTooLong(Volatile.Read(ref _unfinishedSince)) || IsTooLong(Volatile.Read(ref _unreadSince))))
        {
            _isAborted = true;
            _front.Reject();
            _connection.Abort(new ConnectionAbortedException("The client left a command unfinished or its answers unread for too long."));
        }
    }

    private bool IsTooLong(long since) => since > 0 && _time.GetElapsedTime(since) > _front.Options.StallTimeout;
}
