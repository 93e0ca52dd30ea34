using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Throttle.AspNetCore.Requests;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Requests;

/// <summary>Requests that pass, are refused, wait, or are none of its business.</summary>
public sealed class MiddlewareTests
{
    private static readonly Rule PerClient = LimitBy.TokenBucket("per-client", 2, "1/s", "ip");

    [Fact]
    public async Task Request_WithinAndBeyondTheLimit_HasFieldsAndThenAProblem()
    {
        await using var app = await StartAsync([PerClient]);

        using var first = await app.SendAsync("/");
        using var second = await app.SendAsync("/");
        using var third = await app.SendAsync("/");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(("\"per-client\";q=2;w=2", "\"per-client\";r=1;t=1"), (TestApp.Header(first, "RateLimit-Policy"), TestApp.Header(first, "RateLimit")));
        Assert.Null(TestApp.Header(first, "Retry-After"));
        var problem = await TestApp.ProblemAsync(third, 429);
        Assert.Equal(("1", "\"per-client\";r=0;t=1"), (TestApp.Header(third, "Retry-After"), TestApp.Header(third, "RateLimit")));
        Assert.Equal("https://iana.org/assignments/http-problem-types#quota-exceeded", problem.GetProperty("type").GetString());
        Assert.Equal("quota-exceeded", problem.GetProperty("code").GetString());
        Assert.Equal("Rule 'per-client' has no room for the request now; try again in 1 s.", problem.GetProperty("detail").GetString());
        Assert.Equal("1", problem.GetProperty("retryAfter").GetRawText());
        Assert.Equal("""["per-client"]""", problem.GetProperty("violated-policies").GetRawText());

        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await app.GetAsync("/"));
    }

    [Fact]
    public async Task Clients_BehindAProxy_AreToldApartOnlyWhereItIsTrusted()
    {
        await using var trusting = await StartAsync([LimitBy.TokenBucket("one", 1, "1/h", "ip")], o => o.Proxies = TrustedProxies.Loopback);
        await using var wary = await StartAsync([LimitBy.TokenBucket("one", 1, "1/h", "ip")]);

        Assert.Equal(HttpStatusCode.OK, await trusting.GetAsync("/", ("X-Forwarded-For", "1.1.1.1, 203.0.113.1")));
        Assert.Equal(HttpStatusCode.OK, await trusting.GetAsync("/", ("X-Forwarded-For", "1.1.1.1, 203.0.113.2")));
        Assert.Equal(HttpStatusCode.TooManyRequests, await trusting.GetAsync("/", ("X-Forwarded-For", "2.2.2.2, 203.0.113.1")));
        Assert.Equal(HttpStatusCode.OK, await wary.GetAsync("/", ("X-Forwarded-For", "203.0.113.1")));
        Assert.Equal(HttpStatusCode.TooManyRequests, await wary.GetAsync("/", ("X-Forwarded-For", "203.0.113.2")));
    }

    [Theory]
    [InlineData(ProxyFields.Any, "203.0.113.1", "203.0.113.2")]
    [InlineData(ProxyFields.XForwarded, "127.0.0.1", "203.0.113.2")]
    [InlineData(ProxyFields.Forwarded, "203.0.113.1", "203.0.113.1")]
    public async Task Clients_BehindAProxyThatWritesForwarded_AreToldApart(ProxyFields fields, string alone, string besideTheOther)
    {
        await using var app = await StartAsync([LimitBy.TokenBucket("one", 2, "1/h", "ip")], o => (o.Proxies, o.ProxyFields) = (TrustedProxies.Loopback, fields));

        await app.GetAsync("/", ("Forwarded", "for=1.1.1.1, FOR=\"203.0.113.1:4711\";proto=https"));
        Assert.NotNull(await app.Throttle.InspectAsync("one", alone));
        await app.GetAsync("/", ("Forwarded", "for=203.0.113.1"), ("X-Forwarded-For", "203.0.113.2"));
        Assert.Equal(alone == besideTheOther ? 0 : 1, (await app.Throttle.InspectAsync("one", besideTheOther))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Attributes_AreWhatIsKnownOfTheRequest()
    {
        WrappedThrottle? wrapped = null;
        await using var app = await StartAsync(
            [],
            options =>
            {
                options.Headers.Add("X-Api-Key");
                options.Headers.Add("X-Missing");
                options.Attributes = _ => [("tenant", "t1")];
            },
            application =>
            {
                application.Use((context, next) =>
                {
                    context.User = new(new ClaimsIdentity([new(ClaimTypes.Name, "ada")], "test"));
                    return next(context);
                });
                application.UseThrottle();
                application.MapGet("/files/{name}", () => "file");
            },
            throttle => wrapped = new WrappedThrottle(throttle));

        await app.GetAsync($"/files/a%20b{new string('x', 2_000)}?query=1", ("X-Api-Key", "k1"), ("Host", "Shop.Example:8080"));

        var seen = Assert.Single(wrapped!.Asked).Attributes.ToDictionary(a => a.Name, a => a.Value, StringComparer.Ordinal);
        var path = seen["path"];
        Assert.Equal("/files/a bxxx".Length - 3 + 2_000, path.Length);
        Assert.StartsWith("/files/a bxxx", path, StringComparison.Ordinal);
        seen.Remove("path");
        Assert.Equal(
            "host=shop.example ip=127.0.0.1 method=GET route=/files/{name} tenant=t1 user=ada x-api-key=k1",
            string.Join(' ', seen.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key}={s.Value}")));
    }

    [Theory]
    [InlineData(1_001)]
    [InlineData(5_000)]
    public async Task LongPath_MatchesByItsEnd(int length)
    {
        await using var app = await StartAsync([LimitBy.TokenBucket("deletes", 1, "1/h", "path") with { Match = [new("path", ["/files/**/delete"])] }]);
        var (one, other) = ($"/files/{new string('x', length)}a/delete", $"/files/{new string('x', length)}b/delete");

        Assert.Equal(HttpStatusCode.OK, await app.GetAsync(one));
        Assert.Equal(HttpStatusCode.TooManyRequests, await app.GetAsync(one));

        // Another path has another bucket, though they begin alike, and no key grows with the path.
        Assert.Equal(HttpStatusCode.OK, await app.GetAsync(other));
        Assert.All((await app.Throttle.ListAsync("deletes", null, 10))!.Buckets, bucket => Assert.InRange(bucket.Key.Length, 1, 1_000));
    }

    [Theory]
    [InlineData(8_192, HttpStatusCode.OK)]
    [InlineData(8_193, HttpStatusCode.BadRequest)]
    public async Task LongestValue_IsMatchedAndALongerOneIsRefused(int length, HttpStatusCode status)
    {
        await using var app = await StartAsync([PerClient], options => options.Headers.Add("X-Long"));

        using var answer = await app.SendAsync("/", ("X-Long", new string('x', length)));

        Assert.Equal(status, answer.StatusCode);
        if (status == HttpStatusCode.BadRequest)
        {
            var problem = await TestApp.ProblemAsync(answer, 400);
            Assert.Equal("attribute-too-long", problem.GetProperty("code").GetString());
            Assert.Equal("The attribute 'x-long' has 8193 characters; use 0 to 8192.", problem.GetProperty("detail").GetString());
            Assert.Equal(0, app.Throttle.BucketCount);
        }
    }

    [Theory]
    [InlineData("/login", "POST", "/login")]
    [InlineData("/login", "POST", "/LOGIN")]
    [InlineData("/login", "POST", "/login/")]
    [InlineData("/Login/", "POST", "/lOgIn")]
    [InlineData("/items/**", "GET", "/ITEMS/4")]
    [InlineData("/items/*", "GET", "/ITEMS/4/")]
    [InlineData("/items/**", "GET", "/Items")]
    public async Task Path_SpelledAsRoutingTakesIt_IsLimited(string pattern, string method, string path)
    {
        await using var app = await StartAsync(
            [LimitBy.TokenBucket("one", 1, "1/h", "path") with { Match = [new("path", pattern), new("method", method.ToLowerInvariant())] }],
            configure: application =>
            {
                application.UseThrottle();
                application.MapPost("/login", () => "passed");
                application.MapGet("/items/{id?}", () => "passed");
            });
        using var first = await app.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        using var second = await app.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path.ToUpperInvariant()));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.TooManyRequests], [first.StatusCode, second.StatusCode]);
    }

    [Fact]
    public async Task Path_WhoseSpellingCounts_IsTakenAsItIs()
    {
        await using var app = await StartAsync(
            [LimitBy.TokenBucket("one", 1, "1/h") with { Match = [new("path", "/login")] }], options => options.IgnoresPathCase = options.IgnoresLastSlash = false);

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests],
            [await app.GetAsync("/login"), await app.GetAsync("/LOGIN"), await app.GetAsync("/login/"), await app.GetAsync("/login")]);
    }

    [Fact]
    public async Task Cost_ByDelegate_IsTaken()
    {
        await using var app = await StartAsync([LimitBy.TokenBucket("all", 5, "1/h")], o => o.Cost = c => c.Request.Query.ContainsKey("big") ? 4 : 1);

        using var big = await app.SendAsync("/?big");
        Assert.Equal("\"all\";r=1;t=14400", TestApp.Header(big, "RateLimit"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await app.GetAsync("/?big"));
        Assert.Equal(HttpStatusCode.OK, await app.GetAsync("/"));
    }

    [Fact]
    public async Task Cost_AboveTheLimit_IsRefusedWithoutAnInvitation()
    {
        await using var app = await StartAsync([LimitBy.TokenBucket("all", 5, "1/h")], o => o.Cost = _ => 6);

        using var answer = await app.SendAsync("/");

        var problem = await TestApp.ProblemAsync(answer, 429);
        Assert.Equal("never-fits", problem.GetProperty("code").GetString());
        Assert.Equal("The request costs more than rule 'all' ever allows at once; its limit is 5.", problem.GetProperty("detail").GetString());
        Assert.Null(TestApp.Header(answer, "Retry-After"));
    }

    [Fact]
    public async Task Cost_OutOfRange_IsTheApplicationsFault()
    {
        await using var app = await StartAsync([PerClient], o => o.Cost = _ => -1);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => app.GetAsync("/"));

        Assert.StartsWith("The cost of GET / is -1; use 0 to ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CostAttribute_ThatIsNoNumber_IsTheClientsFault()
    {
        await using var app = await StartAsync(
            [LimitBy.TokenBucket("bytes", 5, "1/h") with { Cost = new Cost(1, "x-size") }], o => o.Headers.Add("X-Size"));

        using var answer = await app.SendAsync("/", ("X-Size", "many"));

        var problem = await TestApp.ProblemAsync(answer, 400);
        Assert.StartsWith("Rule 'bytes': the cost attribute 'x-size' is 'many'; use", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await app.GetAsync("/", ("X-Size", "5")));
    }

    [Fact]
    public async Task Refusal_AnsweredByTheApplication_IsItsOwn()
    {
        await using var app = await StartAsync([LimitBy.TokenBucket("none", 1, "1/h")], options =>
        {
            options.WritesFields = false;
            options.OnRefused = (context, decision) => context.Response.WriteAsync($"{context.Response.StatusCode} by {decision.Rule!.Id}");
        });
        await app.GetAsync("/");

        using var answer = await app.SendAsync("/");

        Assert.Equal("429 by none", await answer.Content.ReadAsStringAsync());
        Assert.Null(TestApp.Header(answer, "RateLimit"));
    }

    [Theory]
    [InlineData(OnError.Allow, 200)]
    [InlineData(OnError.Deny, 503)]
    public async Task Failure_ToAsk_IsAnsweredAsTheRuleSays(OnError onError, int status)
    {
        var rule = LimitBy.TokenBucket("per-user", 5, "1/h", "x-user") with { OnError = onError };
        await using var throttle = new LocalThrottle(new LocalRules([rule]), new LocalThrottleOptions { MaxBuckets = 1 });
        await throttle.AcquireAsync([("x-user", "1")]);
        await using var app = await StartAsync([], o => o.Headers.Add("X-User"), wrap: _ => throttle);

        using var answer = await app.SendAsync("/", ("X-User", "2"));

        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 503)
        {
            var problem = await TestApp.ProblemAsync(answer, 503);
            Assert.Equal(("about:blank", "unavailable"), (problem.GetProperty("type").GetString(), problem.GetProperty("code").GetString()));
            Assert.Equal("A limit could not be checked; try again later.", problem.GetProperty("detail").GetString());
            Assert.Equal(("1", 1), (TestApp.Header(answer, "Retry-After"), problem.GetProperty("retryAfter").GetDecimal()));
        }
    }

    [Fact]
    public async Task Waiting_ForATurn_TakesUntilItCame()
    {
        await using var app = await StartAsync([LimitBy.TokenBucket("all", 1, "1/s")], o => o.MaxWait = TimeSpan.FromSeconds(1));
        await app.GetAsync("/");

        var waiting = app.GetAsync("/");
        await Eventually.IsTrueAsync(() => app.Throttle.WaiterCount == 1, "a request that waits");
        Assert.Equal(HttpStatusCode.TooManyRequests, await app.GetAsync("/"));
        app.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(HttpStatusCode.OK, await waiting);
    }

    [Fact]
    public async Task Waiting_ClientGoes_GivesItsPermitsBack()
    {
        var reached = 0;
        await using var app = await StartAsync(
            [LimitBy.TokenBucket("all", 1, "1/s")],
            o => o.MaxWait = TimeSpan.FromSeconds(1),
            application =>
            {
                application.UseThrottle();
                application.Run(_ =>
                {
                    Interlocked.Increment(ref reached);
                    return Task.CompletedTask;
                });
            });
        await app.GetAsync("/");
        using var gone = new CancellationTokenSource();
        var waiting = app.Client.GetAsync("/", gone.Token);
        await Eventually.IsTrueAsync(() => app.Throttle.WaiterCount == 1, "a request that waits");

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Eventually.IsTrueAsync(() => app.Throttle.WaiterCount == 0, "nobody waits");

        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await app.Throttle.PeekAsync(new ThrottleRequest([], 0))).Remaining);
        Assert.Equal(1, reached);
    }

    [Fact]
    public async Task Place_OfAConcurrencyRule_IsHeldAndRenewedUntilTheRequestEnds()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        WrappedThrottle? wrapped = null;
        await using var app = await StartAsync(
            [LimitBy.Concurrency("one", 1, "30s")],
            configure: application =>
            {
                application.UseThrottle();
                application.MapGet("/", () => "short");
                application.MapGet("/long", async () =>
                {
                    begun.SetResult();
                    await end.Task;
                });
            },
            wrap: throttle => wrapped = new WrappedThrottle(throttle));

        var running = app.GetAsync("/long");
        await begun.Task;
        for (var i = 0; i < 9; i++)
        {
            app.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(9, wrapped!.Renewed);
        Assert.Equal(HttpStatusCode.TooManyRequests, await app.GetAsync("/"));
        end.SetResult();
        Assert.Equal(HttpStatusCode.OK, await running);
        Assert.Equal(HttpStatusCode.OK, await app.GetAsync("/"));
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(9, wrapped.Renewed);
    }

    [Fact]
    public async Task Pipeline_ThatRunsAgain_DoesNotPayAgain()
    {
        await using var app = await StartAsync([LimitBy.TokenBucket("all", 5, "1/h")], configure: application =>
        {
            application.UseStatusCodePagesWithReExecute("/missing");
            application.UseThrottle();
            application.UseThrottle();
            application.MapGet("/missing", (HttpContext context) => $"{context.Features.Get<IThrottleFeature>()!.Decision.Remaining} left");
        });

        using var answer = await app.SendAsync("/nothing");

        Assert.Equal("4 left", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Fields_OfACachedAnswer_AreThoseOfWhoAsks()
    {
        await using var app = await TestApp.StartAsync(
            [LimitBy.TokenBucket("per-key", 5, "1/h", "x-key")],
            services => services.AddThrottleMiddleware(options => options.Headers.Add("X-Key")).AddOutputCache(),
            application =>
            {
                application.UseThrottle();
                application.UseOutputCache();
                application.MapGet("/", () => "passed").CacheOutput();
            });
        await app.GetAsync("/", ("X-Key", "first"));
        await app.GetAsync("/", ("X-Key", "first"));

        using var cached = await app.SendAsync("/", ("X-Key", "second"));

        Assert.NotNull(cached.Headers.Age);
        Assert.Equal("\"per-key\";r=4;t=3600", TestApp.Header(cached, "RateLimit"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fields_OfAnEndpointThatThrows_AreKept(bool isBehind)
    {
        await using var app = await StartAsync([PerClient], configure: application =>
        {
            if (isBehind)
            {
                application.UseThrottle();
            }

            application.UseExceptionHandler(error => error.Run(context => context.Response.WriteAsync("sorry")));
            if (!isBehind)
            {
                application.UseThrottle();
            }

            application.Run(_ => throw new InvalidOperationException());
        });

        using var answer = await app.SendAsync("/");

        Assert.Equal((HttpStatusCode.InternalServerError, "sorry"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal("\"per-client\";r=1;t=1", TestApp.Header(answer, "RateLimit"));
    }

    [Theory]
    [InlineData(LegacyFields.None, null, null)]
    [InlineData(LegacyFields.Seconds, "1", "2")]
    [InlineData(LegacyFields.UnixTime, "1767225601", "1767225602")]
    public async Task Fields_OfOldClients_AreAddedWhereAskedFor(LegacyFields fields, string? reset, string? later)
    {
        await using var app = await StartAsync([PerClient], o => o.LegacyFields = fields);

        using var first = await app.SendAsync("/");
        using var second = await app.SendAsync("/");
        using var refused = await app.SendAsync("/");

        var isThere = fields != LegacyFields.None;
        Assert.Equal((isThere ? "2" : null, isThere ? "1" : null, reset), Fields(first));
        Assert.Equal((isThere ? "2" : null, isThere ? "0" : null, later), Fields(second));
        Assert.Equal((isThere ? "2" : null, isThere ? "0" : null, reset), Fields(refused));

        static (string? Limit, string? Remaining, string? Reset) Fields(HttpResponseMessage answer) =>
            (TestApp.Header(answer, "X-RateLimit-Limit"), TestApp.Header(answer, "X-RateLimit-Remaining"), TestApp.Header(answer, "X-RateLimit-Reset"));
    }

    [Fact]
    public async Task Options_OutOfRange_AreAllNamedAtStart()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync([], options =>
        {
            options.MaxWait = TimeSpan.FromHours(2);
            options.Headers.Add("User");
            options.Headers.Add("not a header");
            options.Cost = null!;
            options.ProxyFields = (ProxyFields)7;
        }));

        Assert.Equal(
            [
                "MaxWait is 02:00:00; use zero to 01:00:00.",
                "Proxies, User and Cost cannot be null; leave them out for their defaults.",
                "ProxyFields is 7; use Any, XForwarded or Forwarded.",
                "Headers has 'not a header'; use names of header fields.",
                "Headers has 'User', which is the name of another attribute; give it another one by Attributes.",
            ],
            error.Failures);
    }

    [Fact]
    public void Services_ThatAreMissing_AreNamed()
    {
        Assert.StartsWith("There is no IThrottle among the services", Missing(new ServiceCollection()), StringComparison.Ordinal);
        using var throttle = new LocalThrottle();
        Assert.Contains("call AddThrottleMiddleware", Missing(new ServiceCollection().AddSingleton<IThrottle>(throttle)), StringComparison.Ordinal);

        static string Missing(IServiceCollection services)
        {
            using var provider = services.BuildServiceProvider();
            return Assert.Throws<InvalidOperationException>(() => new ApplicationBuilder(provider).UseThrottle()).Message;
        }
    }

    private static Task<TestApp> StartAsync(
        Rule[] rules,
        Action<ThrottleMiddlewareOptions>? options = null,
        Action<WebApplication>? configure = null,
        Func<IThrottle, IThrottle>? wrap = null) =>
        TestApp.StartAsync(
            rules,
            services => services.AddThrottleMiddleware(options),
            configure ?? (app =>
            {
                app.UseThrottle();
                app.Run(context => context.Response.WriteAsync("passed"));
            }),
            wrap);
}
