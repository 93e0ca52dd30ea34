using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Processes;

/// <summary>A fact about silos that keep what they know in Redis, as processes of their own; skipped where that cannot be.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisFactAttribute : FactAttribute
{
    /// <summary>Skips on Windows, and where redis-server is not installed.</summary>
    public RedisFactAttribute() => Skip = Signals.Missing ?? (RedisServer.Program is null ? "redis-server is not installed." : null);
}
