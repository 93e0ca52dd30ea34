using Microsoft.Extensions.DependencyInjection;
using Throttle.Core;

namespace Throttle.AspNetCore.Outgoing;

/// <summary>Limits the calls of clients that <c>AddHttpClient</c> makes.</summary>
/// <example>
/// <code>
/// services.AddHttpClient("github").AddThrottle(options => options.Ask = _ => new([]) { Rule = "github" });
/// </code>
/// </example>
public static class ThrottleHttpClients
{
    /// <summary>
    /// Adds a <see cref="ThrottleHandler"/> over the <see cref="IThrottle"/> among the services. What the API has said holds for all
    /// handlers of this client, however often the factory makes new ones.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="configure">Changes the options; null for the defaults.</param>
    public static IHttpClientBuilder AddThrottle(this IHttpClientBuilder client, Action<ThrottleHandlerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        var holds = new Holds();
        return client.AddHttpMessageHandler(services =>
        {
            var options = new ThrottleHandlerOptions();
            configure?.Invoke(options);
            return new ThrottleHandler(services.GetRequiredService<IThrottle>(), options, holds);
        });
    }
}
