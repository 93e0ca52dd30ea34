using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Throttle.AspNetCore.Limiters;
using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Tests.Contracts;
using static Throttle.Tests.AspNetCore.TestApp;

namespace Throttle.Tests.AspNetCore.Limiters;

/// <summary>A throttle behind ASP.NET Core's own middleware, in this process and elsewhere.</summary>
public sealed class AddRateLimiterTests
{
    private static readonly Rule[] Rules = [LimitBy.TokenBucket("per-client", 2, "1/s", "ip"), LimitBy.TokenBucket("uploads", 1, "1/m") with { Match = [new("path", ["/only/by/name"])] }];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Global_BeyondTheLimit_AnswersAsTheMiddleware(bool isElsewhere)
    {
        await using var app = await StartAsync(isElsewhere);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], [await app.GetAsync("/"), await app.GetAsync("/")]);
        using var refused = await app.SendAsync("/");

        var problem = await ProblemAsync(refused, 429);
        Assert.Equal("quota-exceeded", problem.GetProperty("code").GetString());
        Assert.Equal(("1", "\"per-client\";r=0;t=1"), (Header(refused, "Retry-After"), Header(refused, "RateLimit")));
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await app.GetAsync("/"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Policy_OfAnEndpoint_IsItsRule(bool isElsewhere)
    {
        await using var app = await StartAsync(isElsewhere);

        Assert.Equal(HttpStatusCode.OK, await app.GetAsync("/upload"));
        app.Clock.Advance(TimeSpan.FromSeconds(10));
        using var refused = await app.SendAsync("/upload");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("50", Header(refused, "Retry-After"));

        // The global limiter was asked for both requests, and a second had passed since the first one.
        Assert.Equal(1, (await app.Throttle.InspectAsync("per-client", "127.0.0.1"))!.Value.Limiter.Remaining);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await app.GetAsync("/"));
    }

    /// <summary>What the global limiter is made of.</summary>
    public enum Global
    {
        /// <summary>Our limiter of requests.</summary>
        Limiter,

        /// <summary>Our limiter, and one behind it.</summary>
        ChainedLimiter,

        /// <summary>.NET's own partitions, of each rule.</summary>
        Partitions,

        /// <summary>As those, with queues in which the newest goes first.</summary>
        PartitionsNewestFirst,
    }

    [Theory]
    [InlineData(Global.Limiter, false)]
    [InlineData(Global.Limiter, true)]
    [InlineData(Global.ChainedLimiter, false)]
    [InlineData(Global.ChainedLimiter, true)]
    [InlineData(Global.Partitions, false)]
    [InlineData(Global.Partitions, true)]
    [InlineData(Global.PartitionsNewestFirst, false)]
    [InlineData(Global.PartitionsNewestFirst, true)]
    public async Task Global_BeforeAPolicyThatQueues_IsChargedOnceForEachRequest(Global global, bool isElsewhere)
    {
        await using var app = await TestApp.StartAsync(
            [
                LimitBy.TokenBucket("global", 10, "1/h"),
                LimitBy.Concurrency("places", 10, "1h"),
                LimitBy.TokenBucket("policy", 1, "1/s") with { Match = [new("path", "/only/by/name")] },
            ],
            services => services.AddRateLimiter(_ => { }).AddOptions<RateLimiterOptions>().Configure<IThrottle, TimeProvider>((options, throttle, time) =>
            {
                options.GlobalLimiter = Limiter(global, throttle, time);
                options.AddPolicy("queues", _ => ThrottlePartition.Get(throttle, "policy", options: new() { QueueLimit = 2, TimeProvider = time }));
            }),
            app =>
            {
                app.UseRateLimiter();
                app.MapGet("/", () => "passed").RequireRateLimiting("queues");
            },
            throttle => isElsewhere ? new WrappedThrottle(throttle) : throttle);

        var requests = Enumerable.Range(0, 3).Select(_ => app.GetAsync("/")).ToArray();
        await Eventually.IsTrueAsync(() => app.Throttle.WaiterCount == 2, "two requests that wait");
        Assert.Equal(7, (await app.Throttle.InspectAsync("global", ""))!.Value.Limiter.Remaining);
        Assert.Equal(HttpStatusCode.OK, await await Task.WhenAny(requests));
        Assert.Equal(8, (await app.Throttle.InspectAsync("places", ""))!.Value.Limiter.Remaining);
        app.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], await Task.WhenAll(requests));
        Assert.Equal(7, (await app.Throttle.InspectAsync("global", ""))!.Value.Limiter.Remaining);
        Assert.Equal(10, (await app.Throttle.PeekAsync(new ThrottleRequest([]) { Rule = "places", Cost = 0 })).Remaining);
    }

    [Fact]
    public async Task Partition_OfAnotherRequest_KeepsNothingForThisOne()
    {
        await using var throttle = new Throttle.Core.Local.LocalThrottle(LimitBy.TokenBucket("global", 10, "1/h"));
        await using var limiter = PartitionedRateLimiter.Create<HttpContext?, string>(http => http is null
            ? ThrottlePartition.Get(throttle, "global")
            : ThrottlePartition.Get(throttle, http, "global"));
        var (one, other) = (new DefaultHttpContext(), new DefaultHttpContext());

        limiter.AttemptAcquire(one).Dispose();
        Assert.Equal(9, limiter.GetStatistics(one)!.CurrentAvailablePermits);
        (await limiter.AcquireAsync(null)).Dispose();
        (await limiter.AcquireAsync(other)).Dispose();
        Assert.Equal(7, limiter.GetStatistics(one)!.CurrentAvailablePermits);
        (await limiter.AcquireAsync(one)).Dispose();
        Assert.Equal(7, limiter.GetStatistics(one)!.CurrentAvailablePermits);
        (await limiter.AcquireAsync(one)).Dispose();

        Assert.Equal(6, limiter.GetStatistics(one)!.CurrentAvailablePermits);
    }

    [Fact]
    public async Task Options_OutOfRange_AreNamed()
    {
        await using var throttle = new Throttle.Core.Local.LocalThrottle(Rules);

        var error = Assert.Throws<ArgumentException>(() => ThrottleRequests.Limiter(throttle, new() { MaxWait = TimeSpan.FromDays(1) }));

        Assert.StartsWith("MaxWait is 1.00:00:00; use zero to 01:00:00.", error.Message, StringComparison.Ordinal);
    }

    private static Task<TestApp> StartAsync(bool isElsewhere) => TestApp.StartAsync(
        Rules,
        services => services.AddRateLimiter(_ => { }).AddOptions<RateLimiterOptions>().Configure<IThrottle>((options, throttle) =>
        {
            options.GlobalLimiter = ThrottleRequests.Limiter(throttle);
            options.AddPolicy("uploads", _ => ThrottlePartition.Get(throttle, "uploads"));
            options.OnRejected = ThrottleRequests.AnswerAsync;
        }),
        app =>
        {
            app.UseRateLimiter();
            app.MapGet("/", () => "passed");
            app.MapGet("/upload", () => "passed").RequireRateLimiting("uploads");
        },
        throttle => isElsewhere ? new WrappedThrottle(throttle) : throttle);

    private static PartitionedRateLimiter<HttpContext> Limiter(Global global, IThrottle throttle, TimeProvider time) => global switch
    {
        Global.Limiter => ThrottleRequests.Limiter(throttle),
        Global.ChainedLimiter => PartitionedRateLimiter.CreateChained(
            ThrottleRequests.Limiter(throttle), PartitionedRateLimiter.Create<HttpContext, string>(_ => RateLimitPartition.GetNoLimiter("none"))),
        _ => PartitionedRateLimiter.CreateChained(
            Partitions(throttle, "global", global, time), Partitions(throttle, "places", global, time)),
    };

    private static PartitionedRateLimiter<HttpContext> Partitions(IThrottle throttle, string rule, Global global, TimeProvider time)
    {
        var options = new ThrottleRateLimiterOptions
        {
            TimeProvider = time,
            QueueLimit = global == Global.PartitionsNewestFirst ? 1 : 0,
            QueueProcessingOrder = global == Global.PartitionsNewestFirst ? QueueProcessingOrder.NewestFirst : QueueProcessingOrder.OldestFirst,
        };
        return PartitionedRateLimiter.Create<HttpContext, string>(http => ThrottlePartition.Get(throttle, http, rule, options: options));
    }
}
