using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Throttle.Api.Http;
using Throttle.Core;
using Throttle.Core.Failures;
using Throttle.Core.Inline;
using Throttle.Core.Rules;

namespace Throttle.Api.Redis;

/// <summary>What all connections of a node share.</summary>
internal sealed partial class RedisFront(
    IThrottle throttle, IRules rules, IInlineLimits limits, ThrottleApiOptions api, RedisOptions options, ILogger<RedisFront> log)
{
    private long _lastId;
    private long _connections;
    private long _accepted;
    private long _rejected;
    private long _commands;
    private long _held;
    private int _hasWarned;

    public IThrottle Throttle => throttle;

    public IRules Rules => rules;

    public IInlineLimits Limits => limits;

    public RedisOptions Options => options;

    public RateCache Rates { get; } = new();

    public KeyCache Keys { get; } = new();

    /// <summary>The name by which clients of a cluster know the node, new at each start: 40 hexadecimal digits, as Redis has them.</summary>
    public string NodeId { get; } = RandomNumberGenerator.GetHexString(40, lowercase: true);

    public DateTimeOffset StartedAt { get; } = TimeProvider.System.GetUtcNow();

    /// <summary>Connections that are open.</summary>
    public long Connections => Volatile.Read(ref _connections);

    /// <summary>Connections since the start.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Connections that were closed because there were too many, or for what they sent or did not read.</summary>
    public long Rejected => Volatile.Read(ref _rejected);

    /// <summary>Commands since the start.</summary>
    public long Commands => Volatile.Read(ref _commands);

    /// <summary>Whether <c>AUTH</c> has anything to check.</summary>
    public bool HasToken => api.Bearer is not null;

    public bool IsToken(string given) => api.Bearer?.Is(given) == true;

    /// <summary>Whether a client that has shown no token may do what changes other clients' buckets: one on this machine, where there is no token.</summary>
    /// <remarks>What browsers send never gets that far, and what passes a proxy here comes from whoever set it up.</remarks>
    public bool TrustsUnauthenticated(EndPoint? remote) =>
        api.Bearer is null && remote is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>Counts a connection in.</summary>
    /// <returns>Its number, or 0 where there are too many; <see cref="Leave"/> follows in either case.</returns>
    public long Enter()
    {
        Interlocked.Increment(ref _accepted);
        if (Interlocked.Increment(ref _connections) <= options.MaxConnections)
        {
            return Interlocked.Increment(ref _lastId);
        }

        Reject();
        return 0;
    }

    /// <summary>Takes room for so many bytes of a transaction, until <see cref="LetGo"/>.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryHold(int bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= RespLimits.MaxHeldBytes)
        {
            return true;
        }

        LetGo(bytes);
        return false;
    }

    /// <summary>Gives room back.</summary>
    public void LetGo(int bytes) => Interlocked.Add(ref _held, -bytes);

    public void Leave() => Interlocked.Decrement(ref _connections);

    public void Reject() => Interlocked.Increment(ref _rejected);

    public void Count(int commands) => Interlocked.Add(ref _commands, commands);

    /// <summary>Says once that somebody speaks HTTP or TLS here.</summary>
    public void WarnOfOtherProtocol(EndPoint? remote)
    {
        if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
        {
            LogOtherProtocol(log, remote);
        }
    }

    /// <summary>Writes a failure that no reply may tell of to the log.</summary>
    /// <returns>The id that the line has.</returns>
    public string? LogFailure(Exception e)
    {
        var failure = Failure.WithNewId(FailureReason.Internal);
        LogFailed(log, e.GetType().Name, failure.Id, e);
        return failure.Id;
    }

    [LoggerMessage(1, LogLevel.Warning, "{Remote} speaks HTTP, TLS or another protocol to the Redis port, as a web page that attacks it would, or a client that is set to use TLS; such connections are closed, which is said once.")]
    private static partial void LogOtherProtocol(ILogger log, EndPoint? remote);

    [LoggerMessage(2, LogLevel.Error, "A Redis command failed ({Kind}, failure {Id}).")]
    private static partial void LogFailed(ILogger log, string kind, string? id, Exception e);
}
