using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Throttle.Core;

namespace Throttle.AspNetCore.Requests;

/// <summary>Limits the requests of an application by the rules of the <see cref="IThrottle"/> among its services.</summary>
/// <example>
/// <code>
/// builder.Services.AddSingleton&lt;IThrottle&gt;(new LocalThrottle(LimitBy.TokenBucket("per-client", 20, "10/s", "ip")));
/// builder.Services.AddThrottleMiddleware(options => options.Proxies = TrustedProxies.Parse("10.0.0.0/8"));
/// …
/// app.UseThrottle();
/// app.MapPost("/login", Login).RequireThrottle("logins");
/// app.MapGet("/health", () => "ok").DisableThrottle();
/// </code>
/// </example>
public static class ThrottleApplication
{
    /// <summary>Adds what <see cref="UseThrottle"/> and endpoints that name a rule need. The application adds <see cref="IThrottle"/> itself.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options; null for the defaults.</param>
    public static IServiceCollection AddThrottleMiddleware(
        this IServiceCollection services, Action<ThrottleMiddlewareOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<ThrottleMiddlewareOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddSingleton<ThrottleGate>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ThrottleMiddlewareOptions>, ThrottleMiddlewareOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, ThrottleEndpointPolicy>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, EndpointRules>());
        return services;
    }

    /// <summary>
    /// Asks for every request: the rule that its endpoint names, or all that match. A refusal is answered here, with
    /// problem+json, or with a gRPC status where the request is a gRPC call.
    /// After authentication the user is known; after routing, which comes first unless it was put elsewhere, the endpoint is.
    /// Before it, rules are asked without the attribute <c>route</c>, exemptions are not known, and rules that endpoints name are asked
    /// as well, at the endpoint.
    /// </summary>
    /// <exception cref="InvalidOperationException">The services lack what <see cref="AddThrottleMiddleware"/> adds, or an <see cref="IThrottle"/>.</exception>
    public static IApplicationBuilder UseThrottle(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        Check(app.ApplicationServices);
        return app.UseMiddleware<ThrottleMiddleware>();
    }

    /// <summary>As <see cref="ThrottleAttribute"/>, for endpoints that are mapped.</summary>
    public static TBuilder RequireThrottle<TBuilder>(this TBuilder endpoints, string rule)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var attribute = new ThrottleAttribute(rule);
        endpoints.Add(endpoint =>
        {
            // Some builders have no services; those that have would show the gate.
            if (endpoint.ApplicationServices.GetService<IServiceProviderIsService>() is not null)
            {
                Check(endpoint.ApplicationServices);
            }

            endpoint.Metadata.Add(attribute);
        });
        return endpoints;
    }

    /// <summary>As <see cref="DisableThrottleAttribute"/>, for endpoints that are mapped.</summary>
    public static TBuilder DisableThrottle<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        endpoints.Add(endpoint => endpoint.Metadata.Add(new DisableThrottleAttribute()));
        return endpoints;
    }

    private static void Check(IServiceProvider services)
    {
        var known = services.GetService<IServiceProviderIsService>();
        if (known?.IsService(typeof(IThrottle)) == false)
        {
            throw new InvalidOperationException("There is no IThrottle among the services; add one, such as AddSingleton<IThrottle>(new LocalThrottle(…)).");
        }

        if (services.GetService<ThrottleGate>() is null)
        {
            throw new InvalidOperationException("Throttle's services are missing; call AddThrottleMiddleware on the application's services.");
        }
    }
}
