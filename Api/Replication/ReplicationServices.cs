using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Throttle.Core.Replication;

namespace Throttle.Api.Replication;

/// <summary>Registers the exchange between regions.</summary>
public static class ReplicationServices
{
    /// <summary>
    /// Adds the endpoint for peers and the way to them, as an <see cref="IPeerExchange"/>. The host adds an
    /// <see cref="IReplicationInbox"/> itself, for what they tell.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">With whom to exchange.</param>
    /// <param name="scope">What the node's instruments belong to, so that <c>/metrics</c> shows these, too.</param>
    /// <exception cref="ArgumentException">Something is out of range; every fault is named.</exception>
    public static IServiceCollection AddReplication(
        this IServiceCollection services, ReplicationOptions options, Func<IServiceProvider, object> scope)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(scope);
        options.Check();
        return services.AddSingleton(options)
            .AddSingleton(provider => new ReplicationMeter(scope(provider)))
            .AddSingleton(provider => new ReplicationEndpoint(
                provider.GetRequiredService<IReplicationInbox>(), provider.GetRequiredService<ReplicationMeter>(), options.Token))
            .AddSingleton<IPeerExchange>(provider => new PeerExchange(
                options, provider.GetRequiredService<ReplicationMeter>(), provider.GetRequiredService<ILoggerFactory>()));
    }
}
