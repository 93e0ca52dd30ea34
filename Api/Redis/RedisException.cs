namespace Throttle.Api.Redis;

/// <summary>Ends a command with an error reply; it never leaves this folder.</summary>
/// <param name="reply">The reply: a code, a space, and what is wrong.</param>
internal sealed class RedisException(string reply) : Exception(reply);
