using System.Diagnostics.Metrics;

namespace Throttle.Api.Redis;

/// <summary>What the Redis front counts, for <c>/metrics</c>; decisions by rule are counted by the engine.</summary>
internal sealed class RedisMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Throttle.Redis";

    public RedisMeter(IMeterFactory meters, RedisFront front)
    {
        var meter = meters.Create(Name);
        meter.CreateObservableUpDownCounter("throttle.redis.connections", () => front.Connections, "{connection}", "Connections that are open.");
        meter.CreateObservableCounter("throttle.redis.commands", () => front.Commands, "{command}", "Commands done.");
        meter.CreateObservableCounter(
            "throttle.redis.rejected", () => front.Rejected, "{connection}", "Connections closed: too many, not the protocol, or stalled.");
    }
}
