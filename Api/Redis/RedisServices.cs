using Microsoft.Extensions.DependencyInjection;

namespace Throttle.Api.Redis;

/// <summary>The Redis front, for any host that has an <c>IThrottle</c>, an <c>IRules</c> and an <c>IInlineLimits</c> among its services.</summary>
internal static class RedisServices
{
    /// <summary>Adds what connections need; the HTTP front's options are its own too.</summary>
    public static IServiceCollection AddThrottleRedis(this IServiceCollection services, RedisOptions options) => services
        .AddSingleton(options)
        .AddSingleton<RedisFront>()
        .AddSingleton<RedisMeter>()
        .AddSingleton<RedisConnectionHandler>();
}
