using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Grpc.Net.Client.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Throttle.AspNetCore.Limiters;
using Throttle.AspNetCore.Requests;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.GrpcCalls;

/// <summary>gRPC calls that are refused, as gRPC's own client sees them.</summary>
public sealed class RefusedCallTests
{
    /// <summary>Who asks before a call.</summary>
    public enum Asking
    {
        /// <summary>The middleware, by all rules that match.</summary>
        Middleware,

        /// <summary>An endpoint that names a rule, without the middleware.</summary>
        Endpoint,

        /// <summary>ASP.NET Core's own middleware, by our limiter.</summary>
        RateLimiter,
    }

    private static readonly Rule[] Rules = [LimitBy.TokenBucket("calls", 1, "1/10s", "ip")];

    [Theory]
    [InlineData(Asking.Middleware)]
    [InlineData(Asking.Endpoint)]
    [InlineData(Asking.RateLimiter)]
    public async Task Call_BeyondTheLimit_IsResourceExhausted(Asking asking)
    {
        await using var app = await StartAsync(asking);
        var client = app.Client();
        Assert.Equal("hello", (await client.SayAsync(new() { Text = "hello" })).Text);
        app.Clock.Advance(TimeSpan.FromTicks(15_000_001));

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.SayAsync(new() { Text = "hello" }));

        Assert.Equal((StatusCode.ResourceExhausted, "Rule 'calls' has no room for the request now; try again in 9 s."), (refused.StatusCode, refused.Status.Detail));
        Assert.Equal(
            ("9", "\"calls\";r=0;t=9", "\"calls\";q=1;w=10", "8500"),
            (refused.Trailers.GetValue("retry-after"), refused.Trailers.GetValue("ratelimit"), refused.Trailers.GetValue("ratelimit-policy"), refused.Trailers.GetValue("grpc-retry-pushback-ms")));
        var status = refused.GetRpcStatus()!;
        Assert.Equal(((int)Code.ResourceExhausted, refused.Status.Detail), (status.Code, status.Message));
        Assert.Equal(TimeSpan.FromTicks(84_999_999), status.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan());
        Assert.Equal("calls", Assert.Single(status.GetDetail<QuotaFailure>()!.Violations).Subject);

        app.Clock.Advance(TimeSpan.FromSeconds(8.5));
        Assert.Equal("again", (await client.SayAsync(new() { Text = "again" })).Text);
    }

    [Theory]
    [InlineData(Asking.Middleware)]
    [InlineData(Asking.Endpoint)]
    [InlineData(Asking.RateLimiter)]
    public async Task Stream_BeyondTheLimit_IsResourceExhausted(Asking asking)
    {
        await using var app = await StartAsync(asking);
        var client = app.Client();
        using (var first = client.SayAll())
        {
            await first.RequestStream.WriteAsync(new() { Text = "hello" });
            Assert.True(await first.ResponseStream.MoveNext());
            await first.RequestStream.CompleteAsync();
            Assert.False(await first.ResponseStream.MoveNext());
        }

        using var second = client.SayAll();
        var refused = await Assert.ThrowsAsync<RpcException>(() => second.ResponseStream.MoveNext());

        Assert.Equal((StatusCode.ResourceExhausted, "10000"), (refused.StatusCode, refused.Trailers.GetValue("grpc-retry-pushback-ms")));
        Assert.Equal(StatusCode.ResourceExhausted, second.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData(GrpcWebMode.GrpcWeb, false)]
    [InlineData(GrpcWebMode.GrpcWeb, true)]
    [InlineData(GrpcWebMode.GrpcWebText, false)]
    [InlineData(GrpcWebMode.GrpcWebText, true)]
    public async Task WebCall_BeyondTheLimit_IsResourceExhausted(GrpcWebMode mode, bool isWebFirst)
    {
        await using var app = await GrpcApp.StartAsync(
            Rules,
            services => services.AddThrottleMiddleware(),
            app =>
            {
                app.UseRouting();
                _ = isWebFirst ? app.UseGrpcWeb(new() { DefaultEnabled = true }).UseThrottle() : app.UseThrottle().UseGrpcWeb(new() { DefaultEnabled = true });
                app.MapGrpcService<EchoService>();
            });
        var client = app.Client(mode);
        Assert.Equal("hello", (await client.SayAsync(new() { Text = "hello" })).Text);

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.SayAsync(new() { Text = "hello" }));

        Assert.Equal((StatusCode.ResourceExhausted, "Rule 'calls' has no room for the request now; try again in 10 s."), (refused.StatusCode, refused.Status.Detail));
        Assert.Equal(TimeSpan.FromSeconds(10), refused.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan());
    }

    [Fact]
    public async Task Call_ThatNeverFits_IsNotToBeRetried()
    {
        await using var app = await StartAsync(Asking.Middleware, options => options.Cost = _ => 2);

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await app.Client().SayAsync(new()));

        Assert.Equal((StatusCode.ResourceExhausted, "-1", null), (refused.StatusCode, refused.Trailers.GetValue("grpc-retry-pushback-ms"), refused.Trailers.GetValue("retry-after")));
        Assert.Null(refused.GetRpcStatus()!.GetDetail<RetryInfo>());
    }

    [Fact]
    public async Task Client_WithARetryPolicy_WaitsAsLongAsItIsTold()
    {
        // A refusal that no longer holds when the client comes again, which it does after the millisecond that it is told.
        await using var app = await GrpcApp.StartAsync(
            [LimitBy.TokenBucket("calls", 1, "1000/s", "ip")],
            services => services.AddThrottleMiddleware(),
            app =>
            {
                app.UseThrottle();
                app.MapGrpcService<EchoService>();
            });
        CountingHandler? attempts = null;
        var client = app.Client(
            wrap: sends => attempts = new CountingHandler(
                sends, answer => app.Clock.Advance(TimeSpan.FromMilliseconds(answer.Headers.Contains("grpc-status") ? 1 : 0))),
            options: channel => channel.ServiceConfig = new ServiceConfig
            {
                MethodConfigs =
                {
                    new MethodConfig
                    {
                        Names = { MethodName.Default },

                        // By itself it would wait for an hour.
                        RetryPolicy = new RetryPolicy
                        {
                            MaxAttempts = 2, InitialBackoff = TimeSpan.FromHours(1), MaxBackoff = TimeSpan.FromHours(1), BackoffMultiplier = 1, RetryableStatusCodes = { StatusCode.ResourceExhausted },
                        },
                    },
                },
            });
        await client.SayAsync(new());

        Assert.Equal("again", (await client.SayAsync(new() { Text = "again" })).Text);

        Assert.Equal(3, attempts!.Count);
    }

    [Fact]
    public async Task Call_WhoseRuleCannotBeAsked_IsUnavailable()
    {
        var rule = LimitBy.TokenBucket("calls", 1, "1/10s", "x-user") with { OnError = OnError.Deny };
        await using var full = new LocalThrottle(new LocalRules([rule]), new LocalThrottleOptions { MaxBuckets = 1 });
        await full.AcquireAsync([("x-user", "1")]);
        await using var app = await GrpcApp.StartAsync(
            [],
            services => services.AddThrottleMiddleware(options => options.Attributes = _ => [("x-user", "2")]),
            app =>
            {
                app.UseThrottle();
                app.MapGrpcService<EchoService>();
            },
            _ => full);

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await app.Client().SayAsync(new()));

        Assert.Equal((StatusCode.Unavailable, "A limit could not be checked; try again later."), (refused.StatusCode, refused.Status.Detail));
        Assert.Equal(("1", "1000"), (refused.Trailers.GetValue("retry-after"), refused.Trailers.GetValue("grpc-retry-pushback-ms")));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan());
    }

    [Fact]
    public async Task Call_WhoseCostIsNoNumber_IsInvalidAndSaysSoInAnyLanguage()
    {
        await using var app = await GrpcApp.StartAsync(
            [LimitBy.TokenBucket("calls", 1, "1/10s") with { Cost = new Cost(1, "größe%") }],
            services => services.AddThrottleMiddleware(options => options.Attributes = _ => [("größe%", "viel")]),
            app =>
            {
                app.UseThrottle();
                app.MapGrpcService<EchoService>();
            });

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await app.Client().SayAsync(new()));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains("'größe%'", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(refused.Status.Detail, refused.GetRpcStatus()!.Message);
    }

    [Fact]
    public async Task Refusal_AnsweredByTheApplication_IsLeftToIt()
    {
        await using var app = await StartAsync(Asking.Middleware, options => options.OnRefused = (context, _) =>
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "7";
            return Task.CompletedTask;
        });
        var client = app.Client();
        await client.SayAsync(new());

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.SayAsync(new()));

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    private static Task<GrpcApp> StartAsync(Asking asking, Action<ThrottleMiddlewareOptions>? configure = null) => GrpcApp.StartAsync(
        Rules,
        services => services.AddThrottleMiddleware(configure).AddRateLimiter(_ => { }).AddOptions<RateLimiterOptions>().Configure<IThrottle>((options, throttle) =>
        {
            options.GlobalLimiter = ThrottleRequests.Limiter(throttle);
            options.OnRejected = ThrottleRequests.AnswerAsync;
        }),
        app =>
        {
            _ = asking switch
            {
                Asking.Middleware => app.UseThrottle(),
                Asking.RateLimiter => app.UseRateLimiter(),
                _ => app,
            };
            var service = app.MapGrpcService<EchoService>();
            _ = asking == Asking.Endpoint ? service.RequireThrottle("calls") : service;
        });
}
