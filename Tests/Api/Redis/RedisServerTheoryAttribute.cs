namespace Throttle.Tests.Api.Redis;

/// <summary>A theory that asks a server of Redis' own; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisServerTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips without redis-server.</summary>
    public RedisServerTheoryAttribute() =>
        Skip = RedisProgramFactAttribute.Find("redis-server") is null ? "redis-server is not installed." : null;
}
