namespace Throttle.Tests.Api.Redis;

/// <summary>A fact that asks Redis' own programs; skipped where they are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisProgramFactAttribute : FactAttribute
{
    /// <summary>Skips without redis-cli and redis-benchmark.</summary>
    public RedisProgramFactAttribute() =>
        Skip = Find("redis-cli") is null || Find("redis-benchmark") is null ? "redis-cli and redis-benchmark (redis-tools) are not installed." : null;

    /// <summary>Where a program is, or null.</summary>
    internal static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);
}
