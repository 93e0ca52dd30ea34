using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Api.Hosting;
using Throttle.Api.Http;
using Throttle.Api.RuleFiles;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Tests.Api.Http;

/// <summary>What the front adds where its host says that there are other nodes.</summary>
public sealed class ClusterFrontTests
{
    private const string Token = "s3cret:token";

    [Fact]
    public async Task Rules_WithOtherNodes_ShowsTheVersionOfEach()
    {
        await using var app = await StartAsync(services => services.AddSingleton<IRuleVersions>(new FixedVersions(("a:1", 7), ("b:1", 6))));
        using var client = app.GetTestClient();

        var text = await client.GetStringAsync("/v1/rules");

        Assert.StartsWith("""{"version":1,"nodes":[{"node":"a:1","version":7},{"node":"b:1","version":6}],"rules":[""", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_NodeThatDoesNotAnswer_HasNoVersionAndHoldsNothingUp()
    {
        await using var app = await StartAsync(services => services.AddSingleton<IRuleVersions>(new FixedVersions(("a:1", 7), ("b:1", -1))));
        using var client = app.GetTestClient();

        var text = await client.GetStringAsync("/v1/rules");

        Assert.Contains("""{"node":"b:1","version":null}""", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_OneNode_SaysNothingOfNodes()
    {
        await using var app = await StartAsync(_ => { });
        using var client = app.GetTestClient();
        Assert.DoesNotContain("nodes", await client.GetStringAsync("/v1/rules"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_AnswerSentBack_IsTaken()
    {
        await using var app = await StartAsync(services => services.AddSingleton<IRuleVersions>(new FixedVersions(("a:1", 1))));
        using var client = app.GetTestClient();
        using var shown = await client.GetAsync("/v1/rules");
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/rules")
        {
            Content = new StringContent(await shown.Content.ReadAsStringAsync(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Host = "localhost";
        request.Headers.IfMatch.Add(shown.Headers.ETag!);

        using var put = await client.SendAsync(request);

        Assert.Equal("\"2\"", put.Headers.ETag?.Tag);
    }

    [Theory]
    [InlineData("""{"nodes":[{"node":"a","version":3}],"version":3,"rules":[]}""")]
    [InlineData("""{"version":3,"nodes":[],"rules":[]}""")]
    [InlineData("""{"version":3,"rules":[] , "nodes" : null }""")]
    [InlineData("{\"version\":3,\n\"nodes\":[\n]\n,\"rules\":[]}")]
    public async Task Rules_NodesAnywhereInTheBody_AreNotLookedAt(string body)
    {
        await using var app = await StartAsync(_ => { });
        using var client = app.GetTestClient();

        using var put = await client.PutAsync("http://localhost/v1/rules", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Rules_FaultBehindNodes_IsToldAtItsLine()
    {
        await using var app = await StartAsync(_ => { });
        using var client = app.GetTestClient();
        const string Body = "{\"version\":3,\n\"nodes\":[\n\n],\n\"rules\":[{\"id\":\"x\",\n\"limit\":7}]}";

        using var put = await client.PutAsync("http://localhost/v1/rules", new StringContent(Body, Encoding.UTF8, "application/json"));

        var problem = await TestNode.ProblemAsync(put, 400);
        Assert.Equal(6, problem.GetProperty("faults")[0].GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task Ready_NodeSaysNotReady_Is503WithTheReasonAndStaysLive()
    {
        var state = new FixedState { NotReady = "The silo is Joining." };
        await using var app = await StartAsync(services => services.AddSingleton<INodeState>(state));
        using var client = app.GetTestClient();

        using var before = await client.GetAsync("/health/ready");
        Assert.Equal(503, (int)before.StatusCode);
        using var body = JsonDocument.Parse(await before.Content.ReadAsStringAsync());
        Assert.Equal("not-ready", body.RootElement.GetProperty("status").GetString());
        Assert.Equal("The silo is Joining.", body.RootElement.GetProperty("reason").GetString());
        using var live = await client.GetAsync("/health/live");
        Assert.Equal(200, (int)live.StatusCode);

        state.NotReady = null;
        using var after = await client.GetAsync("/health/ready");
        Assert.Equal(200, (int)after.StatusCode);
        Assert.DoesNotContain("reason", await after.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer s3cret:token", 200)]
    [InlineData("Basic OnMzY3JldDp0b2tlbg==", 200)]
    [InlineData("basic YWRtaW46czNjcmV0OnRva2Vu", 200)]
    [InlineData("Basic czNjcmV0OnRva2Vu", 401)]
    [InlineData("Basic OnMzY3JldDp0b2tlbjI=", 401)]
    [InlineData("Basic ####", 401)]
    [InlineData("Basic", 401)]
    [InlineData("Bearer ", 401)]
    [InlineData(null, 401)]
    public async Task GuardedPage_WithTokenSet_NeedsItInAnyForm(string? authorization, int status)
    {
        await using var app = await StartAsync(_ => { }, Token);
        using var client = app.GetTestClient();
        foreach (var path in new[] { "/pages/plain", "/pages/bound", "/PAGES/bound?number=x", "/pages/bound?number=1", "/pages/%62ound?number=1" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            Assert.True(
                authorization is null || request.Headers.TryAddWithoutValidation("Authorization", authorization), "The header cannot be sent.");

            using var response = await client.SendAsync(request);

            if (status == 401)
            {
                var problem = await TestNode.ProblemAsync(response, 401);
                Assert.DoesNotContain(Token, problem.ToString(), StringComparison.Ordinal);
                Assert.Equal("Basic realm=\"throttle\", charset=\"UTF-8\"", response.Headers.WwwAuthenticate.ToString());
            }
            else
            {
                Assert.NotEqual(401, (int)response.StatusCode);
            }
        }
    }

    [Fact]
    public async Task GuardedPage_WithoutToken_IsForThisMachineOnly()
    {
        await using var app = await StartAsync(_ => { });
        using var client = app.GetTestClient();

        using var local = await client.GetAsync("http://localhost/pages/plain");
        Assert.Equal(200, (int)local.StatusCode);
        using var renamed = await client.GetAsync("http://evil.example/pages/plain");
        await TestNode.ProblemAsync(renamed, 403);
    }

    [Fact]
    public async Task Edit_WithTokenAsPassword_IsRefused()
    {
        await using var app = await StartAsync(_ => { }, Token);
        using var client = app.GetTestClient();
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/v1/rules/per-client");
        request.Headers.TryAddWithoutValidation("Authorization", "Basic OnMzY3JldDp0b2tlbg==");

        using var response = await client.SendAsync(request);

        await TestNode.ProblemAsync(response, 401);
        Assert.Equal("Bearer realm=\"throttle\"", response.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080", "http://127.0.0.1:8080")]
    [InlineData("http://[::]:8080/", "http://127.0.0.1:8080")]
    [InlineData("http://10.0.0.7:8080", "http://10.0.0.7:8080")]
    public void Reachable_OfAnAddress_CanBeCalledFromHere(string listened, string expected) =>
        Assert.Equal(expected, NodeAddresses.Reachable([listened, "http://127.0.0.1:9999"]));

    private static async Task<WebApplication> StartAsync(Action<IServiceCollection> configure, string? token = null)
    {
        var rules = new LocalRules(RuleFileReader.Read(TestNode.PerClient));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton<IRules>(rules)
            .AddSingleton<IThrottle>(_ => new LocalThrottle(rules, new LocalThrottleOptions()));
        configure(builder.Services);
        builder.Services.AddThrottleApi(new ThrottleApiOptions { AdminToken = token });
        var app = builder.Build();
        app.UseThrottleProblems();
        app.MapThrottle();
        var pages = app.MapGroup("/pages");
        pages.MapGet("/plain", () => "plain");
        pages.MapGet("/bound", (int number) => Results.Ok(number));
        pages.RequireAdminToken(app.Services);
        await app.StartAsync();
        return app;
    }
}
