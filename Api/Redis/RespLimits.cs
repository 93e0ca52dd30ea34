using Throttle.Api.Http;

namespace Throttle.Api.Redis;

/// <summary>The most that one command of the Redis protocol may carry, all inclusive. More closes its connection with an error.</summary>
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
}
