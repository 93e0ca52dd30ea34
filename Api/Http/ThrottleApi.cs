using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Throttle.Api.Envoy;
using Throttle.Api.ForwardAuth;
using Throttle.Api.Gubernator;
using Throttle.Api.Http.Description;
using Throttle.Api.Metrics;
using Throttle.Api.Replication;
using Throttle.Core.Inline;
using Throttle.Core.Queues;
using Throttle.Core.Time;
using Throttle.Core.Usage;

namespace Throttle.Api.Http;

/// <summary>The HTTP front, for any host that has an <c>IThrottle</c> and an <c>IRules</c> among its services.</summary>
public static class ThrottleApi
{
    /// <summary>Adds what <see cref="MapThrottle"/> needs. The host adds <c>IThrottle</c> and <c>IRules</c> itself, and <c>IWorkQueues</c> where it takes work.</summary>
    public static IServiceCollection AddThrottleApi(this IServiceCollection services, ThrottleApiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.AddSingleton(options ?? new ThrottleApiOptions());
        services.TryAddSingleton<MetricsPage>();
        services.AddThrottleDescription();
        return services;
    }

    /// <summary>Answers faults, unknown paths and methods in the form of problems. Goes before everything else.</summary>
    public static IApplicationBuilder UseThrottleProblems(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app.UseMiddleware<ProblemMiddleware>();
    }

    /// <summary>
    /// Maps all of <c>/v1</c>, <c>/health</c>, <c>/metrics</c>, <c>/demo</c>, <c>/json</c>, <c>/rlconfig</c> and <c>/openapi</c>. <c>/v1/clock</c> is there only on a virtual clock,
    /// <c>/v1/usage</c> only where the host has an <see cref="IUsage"/>, gubernator's paths only where it has <see cref="IInlineLimits"/>, <c>/v1/replication</c> only on a node with peers.
    /// </summary>
    public static IEndpointRouteBuilder MapThrottle(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var services = routes.ServiceProvider;
        var guard = ActivatorUtilities.CreateInstance<AdminGuard>(services);
        MapPermits(routes, services, guard);
        MapBuckets(routes, services, guard);
        MapRules(routes, services, guard);
        if (services.GetService<IWorkQueues>() is { } queues)
        {
            MapQueues(routes, queues, guard);
        }

        MapOperations(routes, services, guard);
        Map(routes, "GET", DemoEndpoint.Path, GuardedReading(guard, new DemoEndpoint(services.GetRequiredService<ThrottleApiOptions>().Clock).StreamAsync), Descriptions.DemoStream, DemoEndpoint.QueryNames);
        if (services.GetService<IUsage>() is { } usage)
        {
            Map(routes, "GET", "/v1/usage", GuardedReading(guard, new UsageEndpoint(usage).ShowAsync), Descriptions.ShowUsage, "rule");
        }

        if (services.GetService<IInlineLimits>() is not null)
        {
            MapGubernator(routes, services, guard);
        }

        if (services.GetService<ReplicationEndpoint>() is { } replication)
        {
            Map(routes, "POST", ReplicationEndpoint.Path, replication.TakeAsync, Descriptions.Replicate);
        }

        if (services.GetRequiredService<ThrottleApiOptions>().Clock is VirtualTimeProvider clock)
        {
            var endpoint = new ClockEndpoint(clock);
            Map(routes, "GET", "/v1/clock", endpoint.ShowAsync, Descriptions.ShowClock);
            Map(routes, "POST", "/v1/clock", Guarded(guard, endpoint.MoveAsync), Descriptions.MoveClock);
        }

        MapEnvoy(routes, services.GetService<EnvoyEndpoint>() ?? new EnvoyEndpoint(), guard);
        routes.MapOpenApi();
        return routes;
    }

    /// <summary>
    /// Guards endpoints that show what not everybody may see, and change nothing: they need the admin token, as Bearer or as
    /// the password of HTTP Basic. Without a token among the options, they are open to this machine only, as edits are.
    /// </summary>
    /// <param name="endpoints">The endpoints, of other packages too; each is guarded before it reads anything of the request.</param>
    /// <param name="services">The host's services, with <see cref="AddThrottleApi"/> among them.</param>
    public static void RequireAdminToken(this IEndpointConventionBuilder endpoints, IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(services);
        var guard = ActivatorUtilities.CreateInstance<AdminGuard>(services);
        endpoints.Finally(endpoint =>
        {
            var handle = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = GuardedReading(guard, handle);
        });
    }

    private static void MapPermits(IEndpointRouteBuilder routes, IServiceProvider services, AdminGuard guard)
    {
        var acquire = ActivatorUtilities.CreateInstance<AcquireEndpoint>(services);
        var giveBack = ActivatorUtilities.CreateInstance<ReturnEndpoint>(services, guard);
        Map(routes, "POST", "/v1/acquire", acquire.HandleAsync, Descriptions.Acquire);
        Map(routes, "POST", "/v1/return", giveBack.ReturnAsync, Descriptions.Return);
        Map(routes, "POST", "/v1/renew", giveBack.RenewAsync, Descriptions.Renew);
        var begin = ActivatorUtilities.CreateInstance<BeginEndpoint>(services);
        Map(routes, "POST", "/v1/begin", begin.BeginAsync, Descriptions.Begin);
        Map(routes, "POST", "/v1/ran", begin.RanAsync, Descriptions.Ran);
        var forwardAuth = ActivatorUtilities.CreateInstance<ForwardAuthEndpoint>(services);
        MapUnchecked(routes, "GET", ForwardAuthEndpoint.Path, forwardAuth.HandleAsync, Descriptions.ForwardAuth);

        // Some proxies ask with the method of the request that they ask for.
        routes.Map(ForwardAuthEndpoint.Path, forwardAuth.HandleAsync).ExcludeFromDescription();
    }

    private static void MapBuckets(IEndpointRouteBuilder routes, IServiceProvider services, AdminGuard guard)
    {
        var bucket = ActivatorUtilities.CreateInstance<BucketEndpoint>(services, guard);
        var reset = Guarded(guard, bucket.ResetAsync);
        Map(routes, "GET", "/v1/buckets/{rule}", bucket.ShowOrListAsync, Descriptions.ShowBucket, "key", "limit", "after");
        Map(routes, "GET", "/v1/buckets/{rule}/{**key}", bucket.ShowAsync, Descriptions.ShowKeyedBucket, "key");
        var setFactor = Guarded(guard, bucket.SetFactorAsync);
        Map(routes, "PUT", "/v1/buckets/{rule}", setFactor, Descriptions.SetFactor, "key");
        Map(routes, "PUT", "/v1/buckets/{rule}/{**key}", setFactor, Descriptions.SetKeyedFactor, "key");
        Map(routes, "DELETE", "/v1/buckets/{rule}", reset, Descriptions.ResetBucket, "key");
        Map(routes, "DELETE", "/v1/buckets/{rule}/{**key}", reset, Descriptions.ResetKeyedBucket, "key");
    }

    /// <summary>Envoy's own service answers <c>/json</c> whatever the method is, and some of its clients count on that.</summary>
    private static void MapEnvoy(IEndpointRouteBuilder routes, EnvoyEndpoint envoy, AdminGuard guard)
    {
        Task DecideAsync(HttpContext context) => envoy.DecideAsync(context, guard);
        Map(routes, "POST", "/json", DecideAsync, Descriptions.EnvoyDecide);
        routes.Map("/json", FromThisSite(Checked(DecideAsync, []))).ExcludeFromDescription();
        Map(routes, "GET", "/rlconfig", GuardedReading(guard, envoy.ShowAsync), Descriptions.EnvoyShow);
    }

    private static void MapQueues(IEndpointRouteBuilder routes, IWorkQueues queues, AdminGuard guard)
    {
        var queue = new QueueEndpoint(queues, guard);
        var failed = new FailedWorkEndpoint(queues);
        MapKeyed(routes, "POST", "/v1/queues/{rule}", queue.EnqueueAsync, Descriptions.Enqueue, "key", "id");
        MapKeyed(routes, "GET", "/v1/queues/{rule}", queue.ShowAsync, Descriptions.ShowQueue, "key");
        MapKeyed(routes, "DELETE", "/v1/queues/{rule}", queue.CancelAsync, Descriptions.CancelWork, "key", "id");
        MapKeyed(routes, "GET", "/v1/failed/{rule}", GuardedReading(guard, failed.ShowAsync), Descriptions.ShowFailed, "key");
        MapKeyed(routes, "POST", "/v1/failed/{rule}", Guarded(guard, failed.PutBackAsync), Descriptions.PutBack, "key");
        MapKeyed(routes, "DELETE", "/v1/failed/{rule}", Guarded(guard, failed.RemoveAsync), Descriptions.RemoveFailed, "key", "id");
    }

    private static void MapKeyed(
        IEndpointRouteBuilder routes,
        string method,
        string pattern,
        RequestDelegate handle,
        Action<IEndpointConventionBuilder, bool> describe,
        params string[] query)
    {
        Map(routes, method, pattern, handle, endpoint => describe(endpoint, false), query);
        Map(routes, method, pattern + "/{**key}", handle, endpoint => describe(endpoint, true), query);
    }

    private static void MapRules(IEndpointRouteBuilder routes, IServiceProvider services, AdminGuard guard)
    {
        var rules = ActivatorUtilities.CreateInstance<RuleEndpoint>(services);
        Map(routes, "GET", "/v1/rules", GuardedReading(guard, rules.ShowAsync), Descriptions.ShowRules);
        Map(routes, "PUT", "/v1/rules", Guarded(guard, rules.ReplaceAsync), Descriptions.ReplaceRules);
        Map(routes, "GET", "/v1/rules/{id}", GuardedReading(guard, rules.ShowOneAsync), Descriptions.ShowRule);
        Map(routes, "PUT", "/v1/rules/{id}", Guarded(guard, rules.PutOneAsync), Descriptions.PutRule);
        Map(routes, "DELETE", "/v1/rules/{id}", Guarded(guard, rules.DeleteOneAsync), Descriptions.DeleteRule);
    }

    private static void MapGubernator(IEndpointRouteBuilder routes, IServiceProvider services, AdminGuard guard)
    {
        var limits = ActivatorUtilities.CreateInstance<GubernatorEndpoint>(services, guard);
        var health = ActivatorUtilities.CreateInstance<GubernatorHealthEndpoint>(services);
        Map(routes, "POST", "/v1/GetRateLimits", limits.HandleAsync, Descriptions.GetRateLimits);
        Map(routes, "GET", "/v1/HealthCheck", health.HealthAsync, Descriptions.HealthCheck);
        Map(routes, "GET", "/v1/LiveCheck", health.LiveAsync, Descriptions.LiveCheck);
    }

    private static void MapOperations(IEndpointRouteBuilder routes, IServiceProvider services, AdminGuard guard)
    {
        var health = ActivatorUtilities.CreateInstance<HealthEndpoint>(services, guard);
        Map(routes, "GET", "/health/live", health.LiveAsync, Descriptions.Live);
        Map(routes, "GET", "/health/ready", health.ReadyAsync, Descriptions.Ready);
        Map(routes, "GET", "/metrics", services.GetRequiredService<MetricsPage>().HandleAsync, Descriptions.Metrics);
    }

    /// <summary>Every request that may change something, be it only a bucket's level.</summary>
    private static RequestDelegate FromThisSite(RequestDelegate handle) => context =>
    {
        CrossSite.Check(context);
        return handle(context);
    };

    private static RequestDelegate Guarded(AdminGuard guard, RequestDelegate handle) => context =>
    {
        guard.Check(context);
        return handle(context);
    };

    private static RequestDelegate GuardedReading(AdminGuard guard, RequestDelegate handle) => context =>
    {
        guard.CheckReader(context);
        return handle(context);
    };

    /// <summary>Fails for a query that names what the endpoint does not know.</summary>
    private static RequestDelegate Checked(RequestDelegate handle, string[] query) => context =>
    {
        if (context.Request.QueryString.HasValue)
        {
            QueryNames.Check(context.Request.Query, query);
        }

        return handle(context);
    };

    private static void Map(
        IEndpointRouteBuilder routes,
        string method,
        string pattern,
        RequestDelegate handle,
        Action<IEndpointConventionBuilder> describe,
        params string[] query) => MapUnchecked(routes, method, pattern, Checked(handle, query), describe);

    /// <summary>Maps an endpoint that looks at its query itself.</summary>
    private static void MapUnchecked(
        IEndpointRouteBuilder routes, string method, string pattern, RequestDelegate handle, Action<IEndpointConventionBuilder> describe)
    {
        // Who may get a thing may also ask for its head; the server leaves the body out.
        var endpoint = HttpMethods.IsGet(method)
            ? routes.MapMethods(pattern, [method, HttpMethods.Head], handle)
            : routes.MapMethods(pattern, [method], FromThisSite(handle));

        // The API's description finds an endpoint by its method; handlers of the raw request do not name theirs.
        endpoint.WithMetadata(handle.Method);
        describe(endpoint);
    }
}
