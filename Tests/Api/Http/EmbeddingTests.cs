using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Throttle.Api.Http;
using Throttle.Api.RuleFiles;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.Api.Http;

/// <summary>The front in another host, over whatever throttle that one has.</summary>
public sealed class EmbeddingTests
{
    [Fact]
    public async Task Front_InAnotherHost_AnswersTheSame()
    {
        var rules = new LocalRules(RuleFileReader.Read(TestNode.PerClient));
        await using var throttle = new LocalThrottle(rules, new LocalThrottleOptions { TimeProvider = new VirtualTimeProvider(TestNode.Start) });
        await using var app = await StartAsync(rules, throttle);
        using var client = app.GetTestClient();

        using var answer = await client.PostAsync(
            "/v1/acquire", new StringContent("""{"attributes":{"user":"a/b","path":"/api/x"}}"""));
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("\"per-client\";r=19;t=1", Assert.Single(answer.Headers.GetValues("RateLimit")));
        Assert.Contains("\"remaining\":19,", await client.GetStringAsync("/v1/buckets/per-client/a/b"), StringComparison.Ordinal);
        Assert.Contains("\"virtualClock\":false", await client.GetStringAsync("/health/ready"), StringComparison.Ordinal);
        using var clock = await client.GetAsync("/v1/clock");
        await TestNode.ProblemAsync(clock, 404);
    }

    [Theory]
    [InlineData("POST", "/v1/acquire", """{"attributes":{}}""")]
    [InlineData("POST", "/v1/acquire", """[{"attributes":{}}]""")]
    [InlineData("POST", "/v1/return", """{"attributes":{}}""")]
    [InlineData("POST", "/v1/return", """{"lease":"x"}""")]
    [InlineData("POST", "/v1/renew", """{"lease":"x"}""")]
    [InlineData("GET", "/v1/buckets/x/y", null)]
    [InlineData("DELETE", "/v1/buckets/x/y", null)]
    public async Task Front_ThrottleFails_IsItsOwnFaultAndKeepsItsSecrets(string method, string path, string? body)
    {
        foreach (var e in new Exception[] { new InvalidOperationException("secret"), new ArgumentNullException("secret"), new IOException("secret") })
        {
            await using var app = await StartAsync(new LocalRules([]), new FailingThrottle(() => e));
            using var client = app.GetTestClient();
            using var request = new HttpRequestMessage(new HttpMethod(method), path)
            {
                Content = body is null ? null : new StringContent(body),
            };
            using var response = await client.SendAsync(request);
            var problem = await TestNode.ProblemAsync(response, 500);
            Assert.Equal("internal-error", problem.GetProperty("code").GetString());
            Assert.DoesNotContain("secret", problem.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Front_HostStops_IsNoLongerReady()
    {
        await using var app = await StartAsync(new LocalRules([]), new FailingThrottle(() => new InvalidOperationException()));
        using var client = app.GetTestClient();
        using var before = await client.GetAsync("/health/ready");
        Assert.Equal(200, (int)before.StatusCode);

        app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        using var after = await client.GetAsync("/health/ready");
        Assert.Equal(503, (int)after.StatusCode);
        Assert.Contains("\"status\":\"stopping\"", await after.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var live = await client.GetAsync("/health/live");
        Assert.Equal(200, (int)live.StatusCode);
    }

    [Fact]
    public void Options_EmptyToken_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new AdminGuard(new ThrottleApiOptions { AdminToken = "" }));

    private static async Task<WebApplication> StartAsync(IRules rules, IThrottle throttle)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton(rules).AddSingleton(throttle);
        builder.Services.AddThrottleApi();
        var app = builder.Build();
        app.UseThrottleProblems();
        app.MapThrottle();
        await app.StartAsync();
        return app;
    }
}
