using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Throttle.AspNetCore.Limiters;
using Throttle.Core;
using Throttle.Core.Rules;
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

        // ASP.NET Core attempts, and then waits: where the policy refuses both times the global limiter has let both pass.
        Assert.Equal(isElsewhere ? 1 : 0, (await app.Throttle.InspectAsync("per-client", "127.0.0.1"))!.Value.Limiter.Remaining);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await app.GetAsync("/"));
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
}
