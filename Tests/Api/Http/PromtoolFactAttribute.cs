using Throttle.Tests.Api.Redis;

namespace Throttle.Tests.Api.Http;

/// <summary>A fact that asks Prometheus' own checker; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PromtoolFactAttribute : FactAttribute
{
    /// <summary>Skips without promtool.</summary>
    public PromtoolFactAttribute() =>
        Skip = RedisProgramFactAttribute.Find("promtool") is null ? "promtool (Debian's prometheus) is not installed." : null;
}
