using Throttle.Api.Http;

namespace Throttle.Api.Redis;

/// <summary>The most that one command of the Redis protocol may carry, all inclusive; more closes its connection with an error. And the most that a transaction may.</summary>
public static class RespLimits
{
    /// <summary>Arguments of one command, its name included.</summary>
    public const int MaxArguments = 1024;

    /// <summary>Bytes of one argument: 64 KiB.</summary>
    public const int MaxArgumentBytes = 64 * 1024;

    /// <summary>Bytes of all arguments of one command: 512 KiB, room for every attribute that <see cref="ApiLimits"/> allows.</summary>
    public const int MaxCommandBytes = 512 * 1024;

    /// <summary>Bytes of an inline command's line: 64 KiB.</summary>
    public const int MaxInlineBytes = 64 * 1024;

    /// <summary>Commands of one transaction, between <c>MULTI</c> and <c>EXEC</c>. One more gets an error, and none of them is done.</summary>
    public const int MaxTransactionCommands = 10_000;

    /// <summary>Bytes of all commands of one transaction: 1 MiB.</summary>
    public const int MaxTransactionBytes = 1024 * 1024;

    /// <summary>Bytes of the transactions of all connections of a node together: 64 MiB.</summary>
    public const int MaxHeldBytes = 64 * 1024 * 1024;
}
