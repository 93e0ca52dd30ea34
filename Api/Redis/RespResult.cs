namespace Throttle.Api.Redis;

/// <summary>What <see cref="RespParser.Read"/> made of its input.</summary>
internal enum RespResult
{
    /// <summary>All of it was taken, and the next command is not complete.</summary>
    NeedsMore,

    /// <summary>A command is complete; what follows it was not taken.</summary>
    Command,

    /// <summary>It is not the protocol, or beyond <see cref="RespLimits"/>; nothing that follows can be understood.</summary>
    Error,
}
