using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Routing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Throttle.AspNetCore.Requests;
using Throttle.Core.Rules;
using static Throttle.Tests.AspNetCore.TestApp;

namespace Throttle.Tests.AspNetCore.Requests;

/// <summary>Endpoints that name a rule, or want none, wherever routing stands.</summary>
public sealed class EndpointTests
{
    /// <summary>Where the middleware stands.</summary>
    public enum Place
    {
        /// <summary>Routing comes first, as it does by itself.</summary>
        AfterRouting,

        /// <summary>Routing comes later.</summary>
        BeforeRouting,

        /// <summary>There is no middleware.</summary>
        Nowhere,
    }

    private static readonly Rule[] Rules =
    [
        LimitBy.TokenBucket("all", 100, "1/h", "ip"),
        LimitBy.TokenBucket("one", 1, "1/h") with { Match = [new("path", ["/elsewhere"])] },
        LimitBy.TokenBucket("two", 2, "1/h", "user"),
    ];

    [Theory]
    [InlineData(Place.AfterRouting, "one")]
    [InlineData(Place.BeforeRouting, "one")]
    [InlineData(Place.Nowhere, "one")]
    public async Task Endpoint_ThatNamesARule_AsksIt(Place place, string asked)
    {
        await using var app = await StartAsync(place, routes =>
        {
            routes.MapGet("/attribute", [Throttle("one")] () => "passed");
            routes.MapGet("/mapped", () => "passed").RequireThrottle("one");
        });

        using var first = await app.SendAsync("/attribute");
        using var second = await app.SendAsync("/mapped");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.EndsWith($"\"{asked}\";r=0;t=3600", Header(first, "RateLimit"), StringComparison.Ordinal);
        var problem = await ProblemAsync(second, 429);
        Assert.Equal($"""["{asked}"]""", problem.GetProperty("violated-policies").GetRawText());

        // After routing that rule alone was asked; before it the others were, too, for nobody knew.
        Assert.Equal(place == Place.BeforeRouting ? 98 : 100, (await app.Throttle.InspectAsync("all", "127.0.0.1"))!.Value.Limiter.Remaining);
    }

    [Theory]
    [InlineData(Place.AfterRouting)]
    [InlineData(Place.BeforeRouting)]
    [InlineData(Place.Nowhere)]
    public async Task Endpoint_NamingARuleThatMatches_IsChargedOnce(Place place)
    {
        await using var app = await StartAsync(place, routes => routes.MapGet("/", () => "passed").RequireThrottle("all"));

        using var answer = await app.SendAsync("/");

        Assert.Equal("\"all\";r=99;t=3600", Header(answer, "RateLimit"));
    }

    [Fact]
    public async Task Endpoint_NamingAnotherRuleThanMatched_HasTheFieldsOfBoth()
    {
        await using var app = await StartAsync(Place.BeforeRouting, routes => routes.MapGet("/", () => "passed").RequireThrottle("two"));

        using var first = await app.SendAsync("/");
        Assert.Equal("\"all\";r=99;t=3600, \"two\";r=1;t=3600", Header(first, "RateLimit"));
        Assert.Equal("\"all\";q=100;w=360000, \"two\";q=2;w=7200", Header(first, "RateLimit-Policy"));
        await app.GetAsync("/");
        using var refused = await app.SendAsync("/");
        Assert.Equal(("\"all\";r=97, \"two\";r=0;t=3600", "3600"), (Header(refused, "RateLimit"), Header(refused, "Retry-After")));
    }

    [Fact]
    public async Task Endpoint_ThatNamesNone_AsksAllThatMatch()
    {
        await using var app = await StartAsync(Place.AfterRouting, routes => routes.MapGet("/", () => "passed"));

        using var answer = await app.SendAsync("/");

        Assert.Equal("\"all\";r=99;t=3600", Header(answer, "RateLimit"));
    }

    [Fact]
    public async Task Endpoint_WithoutTheKeyAttribute_SharesABucketWithWhoeverLacksIt()
    {
        await using var app = await StartAsync(Place.AfterRouting, routes => routes.MapGet("/", () => "passed").RequireThrottle("two"));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], [await app.GetAsync("/"), await app.GetAsync("/"), await app.GetAsync("/")]);
    }

    [Theory]
    [InlineData(Place.AfterRouting, 100)]
    [InlineData(Place.BeforeRouting, 98)]
    public async Task Endpoint_Exempt_AsksNothingOnceItIsKnown(Place place, long left)
    {
        await using var app = await StartAsync(place, routes =>
        {
            routes.MapGet("/attribute", [DisableThrottle] () => "passed");
            routes.MapGet("/mapped", () => "passed").DisableThrottle();
        });

        using var answer = await app.SendAsync("/attribute");
        Assert.Equal(HttpStatusCode.OK, await app.GetAsync("/mapped"));

        Assert.Equal(place == Place.AfterRouting, Header(answer, "RateLimit") is null);
        Assert.Equal(left, (await app.Throttle.InspectAsync("all", "127.0.0.1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Group_AndEndpoint_TheNearerCounts()
    {
        await using var app = await StartAsync(Place.AfterRouting, routes =>
        {
            var free = routes.MapGroup("/free").DisableThrottle();
            free.MapGet("/not", () => "passed").RequireThrottle("one");
            free.MapGet("/yes", () => "passed");
            routes.MapGroup("/two").RequireThrottle("two").MapGet("/one", [Throttle("one")] () => "passed").RequireThrottle("two");
        });

        using var not = await app.SendAsync("/free/not");
        using var yes = await app.SendAsync("/free/yes");
        using var one = await app.SendAsync("/two/one");

        Assert.Equal(("\"one\";r=0;t=3600", null, "\"two\";r=1;t=3600"), (Header(not, "RateLimit"), Header(yes, "RateLimit"), Header(one, "RateLimit")));
    }

    [Theory]
    [InlineData(Place.AfterRouting)]
    [InlineData(Place.Nowhere)]
    public async Task Controller_WithAttributes_IsLimitedByThem(Place place)
    {
        await using var app = await StartAsync(
            place,
            routes => routes.MapControllers(),
            services => services.AddControllers().AddApplicationPart(typeof(LimitedController).Assembly));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.TooManyRequests], [await app.GetAsync("/controller/one"), await app.GetAsync("/controller/one")]);
        using var two = await app.SendAsync("/controller/two");
        Assert.Equal("\"two\";r=1;t=3600", Header(two, "RateLimit"));
        using var free = await app.SendAsync("/controller/free");
        Assert.Equal(("free", null), (await free.Content.ReadAsStringAsync(), Header(free, "RateLimit")));
    }

    [Theory]
    [InlineData(Place.AfterRouting)]
    [InlineData(Place.Nowhere)]
    public async Task Controller_ReachedByADynamicRoute_IsLimitedByItsAttribute(Place place)
    {
        await using var app = await StartAsync(
            place,
            routes => routes.MapDynamicControllerRoute<ToDynamic>("/dynamic/{**rest}"),
            services => services.AddSingleton<ToDynamic>().AddControllers().AddApplicationPart(typeof(DynamicController).Assembly));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.TooManyRequests], [await app.GetAsync("/dynamic/x"), await app.GetAsync("/dynamic/y")]);
    }

    [Theory]
    [InlineData(Place.AfterRouting)]
    [InlineData(Place.BeforeRouting)]
    [InlineData(Place.Nowhere)]
    public async Task Endpoint_NamingARuleThatIsGone_FailsInsteadOfPassing(Place place)
    {
        await using var app = await StartAsync(place, routes => routes.MapGet("/", () => "passed").RequireThrottle("one"));
        app.Rules.Replace([Rules[0], Rules[2]]);

        var error = await Assert.ThrowsAsync<UnknownRuleException>(() => app.GetAsync("/"));

        Assert.Equal("There is no rule 'one'; there are all, two.", error.Message);
    }

    [Fact]
    public async Task Endpoint_BehindTheMiddleware_KnowsItsRouteValuesAndItsDecision()
    {
        await using var app = await StartAsync(Place.Nowhere, routes =>
            routes.MapGet("/items/{id}", (int id, HttpContext context) => $"{id} {context.Features.Get<IThrottleFeature>()!.Decision.Rule!.Id} {((RouteEndpoint)context.GetEndpoint()!).RoutePattern.RawText}")
                .RequireThrottle("two"));

        using var answer = await app.SendAsync("/items/7");

        Assert.Equal("7 two /items/{id}", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Require_WithoutServices_SaysWhatIsMissing()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using var app = await TestApp.StartAsync(Rules, _ => { }, app => app.MapGet("/", () => "").RequireThrottle("one"));
            await app.GetAsync("/");
        });

        Assert.Contains("call AddThrottleMiddleware", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Attribute_WithoutARule_IsRefused() => Assert.Throws<ArgumentException>(() => new ThrottleAttribute(""));

    private static Task<TestApp> StartAsync(
        Place place, Action<IEndpointRouteBuilder> map, Action<IServiceCollection>? add = null) =>
        TestApp.StartAsync(
            Rules,
            services =>
            {
                services.AddThrottleMiddleware();
                add?.Invoke(services);
            },
            app =>
            {
                if (place == Place.BeforeRouting)
                {
                    app.UseThrottle();
                    app.UseRouting();
                }
                else if (place == Place.AfterRouting)
                {
                    app.UseRouting();
                    app.UseThrottle();
                }

                map(app);
            });

    private sealed class ToDynamic : DynamicRouteValueTransformer
    {
        public override ValueTask<RouteValueDictionary> TransformAsync(HttpContext httpContext, RouteValueDictionary values) =>
            new(new RouteValueDictionary { ["controller"] = "Dynamic", ["action"] = "One" });
    }
}
