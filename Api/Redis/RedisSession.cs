using System.Net;
using System.Runtime.CompilerServices;
using Throttle.Api.Hosting;
using Throttle.Api.Http;
using Throttle.Core.Engine;
using Throttle.Core.Inline;

namespace Throttle.Api.Redis;

/// <summary>One connection's side of the conversation: what it has said about itself, and what waits for an answer. One thread at a time.</summary>
/// <param name="front">What all connections share.</param>
/// <param name="arguments">The command that is being done.</param>
/// <param name="writer">Where replies go, in order.</param>
/// <param name="id">The connection's number.</param>
/// <param name="remote">Who is on the other side.</param>
/// <param name="port">The port on this side.</param>
/// <param name="flush">Sends what is written.</param>
/// <param name="waiting">Ends waiting, because the client or the node goes.</param>
internal sealed class RedisSession(
    RedisFront front, RespParser arguments, RespWriter writer, long id, EndPoint? remote, int port, Func<ValueTask> flush, CancellationToken waiting)
{
    // What is asked together at most; as many as a batch of the HTTP front.
    private const int MaxPending = ApiLimits.MaxBatch;

    // Of them room for so many is kept while there is nothing to do.
    private const int MaxKeptPending = 64;

    private readonly List<PendingRate> _pending = [];

    public RedisFront Front => front;

    public RespParser Arguments => arguments;

    public RespWriter Writer => writer;

    public long Id => id;

    public EndPoint? Remote => remote;

    public int Port => port;

    public CancellationToken Waiting => waiting;

    /// <summary>The name it gave itself; empty for none.</summary>
    public string Name { get; set; } = "";

    /// <summary>Whether it has shown the admin token.</summary>
    public bool IsAdmin { get; set; }

    /// <summary>Whether the connection ends after what is written.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Sends the answers so far, for what would hold them up; completes when the client has read enough of them.</summary>
    public ValueTask FlushAsync() => flush();

    /// <summary>Does the command among the arguments. Where it is not done on the spot, the next must not begin before it is.</summary>
    public ValueTask DoAsync()
    {
        var command = RedisCommands.Find(arguments[0]);
        if (command is not null && command.IsRate)
        {
            return command.Takes(arguments.Count) ? command.Run(this) : Refuse(command.WrongArity);
        }

        return _pending.Count > 0 ? DrainAndDoAsync(command) : DoOtherAsync(command);
    }

    /// <summary>Asks a bucket: on the spot where that can be, else together with those that follow.</summary>
    public ValueTask AskAsync(RateDialect dialect, RateNumbers numbers, in InlineCall call)
    {
        if (_pending.Count == 0 && front.Limits.TryAsk(call, out var decision))
        {
            RateReply.Write(writer, dialect, numbers, decision);
            return default;
        }

        return HoldAsync(new(dialect, numbers, call));
    }

    /// <summary>Answers a command of limits with an error, in its place.</summary>
    public ValueTask Refuse(string error)
    {
        if (_pending.Count > 0)
        {
            return HoldAsync(new(default, null, default, error));
        }

        writer.Error(error);
        return default;
    }

    /// <summary>Asks for what was held back and writes the answers.</summary>
    public ValueTask DrainAsync() => _pending.Count == 0 ? default : DrainAllAsync();

    /// <summary>How many bytes it keeps room for.</summary>
    public int Capacity => arguments.Capacity + (_pending.Capacity * Unsafe.SizeOf<PendingRate>());

    /// <summary>Gives up room that only much at once needs, when all that came is done.</summary>
    public void Release()
    {
        arguments.Release();
        if (_pending.Count == 0 && _pending.Capacity > MaxKeptPending)
        {
            _pending.Capacity = 0;
        }
    }

    /// <summary>Fails unless the client may change what others have.</summary>
    /// <exception cref="RedisException">It may not.</exception>
    public void RequireAdmin()
    {
        if (IsAdmin || front.TrustsUnauthenticated(remote))
        {
            return;
        }

        throw new RedisException(front.HasToken
            ? "NOAUTH Authentication required: this needs the admin token; send AUTH with it first."
            : $"NOPERM Without an admin token this is taken from this machine only, not from {remote}.");
    }

    private ValueTask HoldAsync(in PendingRate pending)
    {
        _pending.Add(pending);
        return _pending.Count < MaxPending ? default : DrainAllAsync();
    }

    private async ValueTask DrainAndDoAsync(RedisCommand? command)
    {
        await DrainAllAsync().ConfigureAwait(false);
        await DoOtherAsync(command).ConfigureAwait(false);
    }

    private async ValueTask DrainAllAsync()
    {
        var calls = _pending.Where(held => held.Error is null).Select(held => held.Call).ToArray();
        BucketAnswer[] answers;
        try
        {
            answers = await front.Limits.AskEachAsync(calls, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (ReplyTo(e) is { } reply)
        {
            _pending.ForEach(held => writer.Error(held.Error ?? reply));
            _pending.Clear();
            return;
        }

        var next = 0;
        foreach (var held in _pending)
        {
            if (held.Error is { } error)
            {
                writer.Error(error);
            }
            else if (answers[next++] is var answer && answer.Error is { } failure)
            {
                writer.Error("TRYAGAIN " + failure);
            }
            else
            {
                RateReply.Write(writer, held.Dialect, held.Numbers!, answer.Decision);
            }
        }

        _pending.Clear();
    }

    private ValueTask DoOtherAsync(RedisCommand? command)
    {
        if (command is null)
        {
            writer.Error(RedisCommands.Unknown(arguments));
            return default;
        }

        if (!command.Takes(arguments.Count))
        {
            writer.Error(command.WrongArity);
            return default;
        }

        try
        {
            var doing = command.Run(this);
            return doing.IsCompletedSuccessfully ? default : CatchAsync(doing);
        }
        catch (Exception e) when (ReplyTo(e) is { } reply)
        {
            writer.Error(reply);
            return default;
        }
    }

    private async ValueTask CatchAsync(ValueTask doing)
    {
        try
        {
            await doing.ConfigureAwait(false);
        }
        catch (Exception e) when (ReplyTo(e) is { } reply)
        {
            writer.Error(reply);
        }
    }

    /// <summary>What the client is told of an exception; null for the end of waiting.</summary>
    private string? ReplyTo(Exception e)
    {
        switch (e)
        {
            case OperationCanceledException:
                return null;
            case RedisException:
                return e.Message;
            case ApiProblemException:
                return "ERR " + e.Message;
            case ArgumentException misuse and not ArgumentNullException:
                return "ERR " + Errors.WithoutParameter(misuse);
            default:
                front.LogFailure(e);
                return "ERR internal error; the node's log has more.";
        }
    }
}
