using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Throttle.Api.Hosting;
using Throttle.Api.Http;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Inline;

namespace Throttle.Api.Redis;

/// <summary>One connection's side of the conversation: what it has said about itself, and what waits for an answer. One thread at a time.</summary>
/// <param name="front">What all connections share.</param>
/// <param name="arguments">What has come: the command that is being done, but for those of a transaction.</param>
/// <param name="writer">Where replies go, in order.</param>
/// <param name="id">The connection's number.</param>
/// <param name="remote">Who is on the other side.</param>
/// <param name="local">Where on this side.</param>
/// <param name="flush">Sends what is written.</param>
/// <param name="waiting">Ends waiting, because the client or the node goes.</param>
internal sealed class RedisSession(
    RedisFront front, RespParser arguments, RespWriter writer, long id, EndPoint? remote, EndPoint? local, Func<ValueTask> flush, CancellationToken waiting)
{
    // What is asked together at most; as many as a batch of the HTTP front.
    private const int MaxPending = ApiLimits.MaxBatch;

    // Of them room for so many is kept while there is nothing to do.
    private const int MaxKeptPending = 64;

    private readonly List<PendingRate> _pending = [];
    private readonly RespParser _received = arguments;

    // The command that is being done: what has come, or while a transaction is done one of its own.
    private RespParser _arguments = arguments;
    private RedisTransaction? _transaction;
    private RedisWatch? _watch;

    public RedisFront Front => front;

    public RespParser Arguments => _arguments;

    public RespWriter Writer => writer;

    public long Id => id;

    public EndPoint? Remote => remote;

    /// <summary>The address at which the client has reached this node; empty where there is none.</summary>
    public string Host => local is not IPEndPoint { Address: var address } ? ""
        : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

    public int Port => (local as IPEndPoint)?.Port ?? 0;

    public CancellationToken Waiting => waiting;

    /// <summary>The name it gave itself; empty for none.</summary>
    public string Name { get; set; } = "";

    /// <summary>Whether it has shown the admin token.</summary>
    public bool IsAdmin { get; set; }

    /// <summary>Whether the connection ends after what is written.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Whether commands are queued rather than done.</summary>
    public bool HasTransaction => _transaction is not null;

    /// <summary>Whether the commands of a transaction are being done.</summary>
    public bool IsExecuting => !ReferenceEquals(_arguments, _received);

    /// <summary>How many commands are queued; -1 outside of a transaction.</summary>
    public int QueuedCount => _transaction?.Count ?? -1;

    /// <summary>How many keys are watched.</summary>
    public int WatchedCount => _watch?.Count ?? 0;

    /// <summary>Sends the answers so far, for what would hold them up; completes when the client has read enough of them.</summary>
    public ValueTask FlushAsync() => flush();

    /// <summary>Does the command among the arguments. Where it is not done on the spot, the next must not begin before it is.</summary>
    public ValueTask DoAsync()
    {
        var command = RedisCommands.Find(_arguments[0]);
        if (_transaction is { } transaction)
        {
            return QueueAsync(command, transaction);
        }

        if (command is not null && command.IsRate)
        {
            return command.Takes(_arguments.Count) ? command.Run(this) : Refuse(command.WrongArity);
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
    public int Capacity => _received.Capacity + (_transaction?.Commands.Length ?? 0) + (_pending.Capacity * Unsafe.SizeOf<PendingRate>());

    /// <summary>Gives up room that only much at once needs, when all that came is done.</summary>
    public void Release()
    {
        _received.Release();
        if (_pending.Count == 0 && _pending.Capacity > MaxKeptPending)
        {
            _pending.Capacity = 0;
        }
    }

    /// <summary>Begins to queue commands.</summary>
    /// <exception cref="RedisException">It does already.</exception>
    public void BeginTransaction() => _transaction = _transaction is null
        ? new(front)
        : throw new RedisException("ERR MULTI calls can not be nested");

    /// <summary>Forgets what is queued and what is watched.</summary>
    /// <returns>Whether there was a transaction.</returns>
    public bool EndTransaction()
    {
        var ended = _transaction;
        ended?.Clear();
        (_transaction, _watch) = (null, null);
        return ended is not null;
    }

    /// <summary>Watches keys until the next transaction ends.</summary>
    public ValueTask WatchAsync(string[] keys) => (_watch ??= new()).AddAsync(front.Limits, keys);

    /// <summary>Watches none any more.</summary>
    public void Unwatch() => _watch = null;

    /// <summary>Does what is queued, in order, and answers all in one.</summary>
    /// <exception cref="RedisException">Nothing is done: there is no transaction, or it is aborted.</exception>
    public async ValueTask ExecuteAsync()
    {
        var (transaction, watch) = (_transaction ?? throw new RedisException("ERR EXEC without MULTI"), _watch);
        (_transaction, _watch) = (null, null);
        try
        {
            if (transaction.IsAborted)
            {
                throw new RedisException("EXECABORT Transaction discarded because of previous errors.");
            }

            if (watch is not null && await watch.IsChangedAsync(front.Limits).ConfigureAwait(false))
            {
                writer.NullArray();
                return;
            }

            writer.Array(transaction.Count);
            front.Count(transaction.Count);
            await DoEachAsync(transaction.Commands).ConfigureAwait(false);
        }
        finally
        {
            transaction.Clear();
        }
    }

    /// <summary>Why the client may not use a command, or null.</summary>
    private string? GuardFault(RedisCommand command)
    {
        if (!command.IsGuarded || IsAdmin || front.TrustsUnauthenticated(remote) || command.HasProof?.Invoke(_arguments) == true)
        {
            return null;
        }

        return front.HasToken
            ? "NOAUTH Authentication required: this needs the admin token; send AUTH with it first."
            : $"NOPERM Without an admin token this is taken from this machine only, not from {remote}.";
    }

    private async ValueTask DoEachAsync(ReadOnlyMemory<byte> commands)
    {
        _arguments = new();
        try
        {
            while (!commands.IsEmpty)
            {
                var result = _arguments.Read(commands.Span, out var taken);
                Debug.Assert(result == RespResult.Command, "What is queued are whole commands.");
                commands = commands[taken..];
                await DoAsync().ConfigureAwait(false);
                if (writer.Waiting >= RespWriter.MaxWaiting)
                {
                    await FlushAsync().ConfigureAwait(false);
                }
            }

            await DrainAsync().ConfigureAwait(false);
        }
        finally
        {
            _arguments = _received;
        }
    }

    /// <summary>Queues a command; one that cannot be is told so at once, and nothing of the transaction will be done.</summary>
    private ValueTask QueueAsync(RedisCommand? command, RedisTransaction transaction)
    {
        var fault = command is null ? RedisCommands.Unknown(_arguments) : command.FaultOf(_arguments) ?? GuardFault(command);
        if (fault is null && command!.IsNeverQueued)
        {
            return DoOtherAsync(command);
        }

        if (fault is not null && command is { Name: "exec" })
        {
            EndTransaction();
            writer.Error("EXECABORT Transaction discarded because of: " + fault["ERR ".Length..]);
            return default;
        }

        fault ??= transaction.TryAdd(_arguments);
        if (fault is null)
        {
            writer.Simple("QUEUED");
            return default;
        }

        transaction.Abort();
        writer.Error(fault);
        return default;
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
                writer.Error(Unavailable(failure));
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
            writer.Error(RedisCommands.Unknown(_arguments));
            return default;
        }

        if ((command.FaultOf(_arguments) ?? GuardFault(command)) is { } fault)
        {
            writer.Error(fault);
            return default;
        }

        if (command.IsHelp(_arguments))
        {
            WriteHelp(command);
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

    private void WriteHelp(RedisCommand command)
    {
        writer.Array(command.Subcommands.Length + 1);
        writer.Simple($"{command.Name.ToUpperInvariant()} <subcommand> [<arg> ...]. Subcommands are:");
        Array.ForEach(command.Subcommands, name => writer.Simple(name.ToUpperInvariant()));
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
            case FailureException failed:
                return Unavailable(failed.Failure);
            case RedisException:
                return e.Message;
            case ApiProblemException:
                return "ERR " + e.Message;
            case ArgumentException misuse and not ArgumentNullException:
                return "ERR " + Errors.WithoutParameter(misuse);
            default:
                return $"ERR internal error; the node's log has more, as failure {front.LogFailure(e)}.";
        }
    }

    private static string Unavailable(Failure failure) => $"TRYAGAIN {failure}";
}
