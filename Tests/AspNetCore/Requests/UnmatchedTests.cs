using System.Net;
using Microsoft.AspNetCore.Builder;
using Throttle.AspNetCore.Limiters;
using Throttle.AspNetCore.Requests;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.Requests;

/// <summary>Requests that match no rule, where such requests are refused.</summary>
public sealed class UnmatchedTests
{
    private static readonly Rule[] Rules = [LimitBy.TokenBucket("api", 5, "1/s") with { Match = [new Condition("path", "/api")] }];

    [Fact]
    public async Task Middleware_NoRuleMatches_IsRefusedWithItsReason()
    {
        await using var app = await TestApp.StartAsync(
            Rules,
            services => services.AddThrottleMiddleware(),
            app =>
            {
                app.UseThrottle();
                app.MapGet("/{**path}", () => "here");
            },
            _ => new LocalThrottle(new LocalRules(Rules), new() { Unmatched = UnmatchedRequests.Refuse }));

        using var refused = await app.SendAsync("/apj");

        Assert.Equal(HttpStatusCode.OK, await app.GetAsync("/api"));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Null(refused.Headers.RetryAfter);
        Assert.Contains("no-rule-matches", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateLimiter_NoRuleMatches_IsRefused()
    {
        using var throttle = new LocalThrottle(new LocalRules(Rules), new() { Unmatched = UnmatchedRequests.Refuse });
        await using var limiter = new ThrottleRateLimiter(throttle, new ThrottleRequest([("path", "/apj")]));

        using var one = limiter.AttemptAcquire();
        using var two = await limiter.AcquireAsync(2);

        Assert.Equal((false, false), (one.IsAcquired, two.IsAcquired));
    }
}
