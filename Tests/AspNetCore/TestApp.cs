using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.AspNetCore;

/// <summary>An application in this process, with rules and a clock that stands still.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly WebApplication _app;

    private TestApp(WebApplication app, LocalThrottle throttle, LocalRules rules, VirtualTimeProvider clock)
    {
        (_app, Throttle, Rules, Clock) = (app, throttle, rules, clock);
        Client = app.GetTestClient();
    }

    public LocalThrottle Throttle { get; }

    public LocalRules Rules { get; }

    public VirtualTimeProvider Clock { get; }

    public HttpClient Client { get; }

    public TestServer Server => _app.GetTestServer();

    public static async Task<TestApp> StartAsync(
        Rule[] rules, Action<IServiceCollection> addServices, Action<WebApplication> configure, Func<IThrottle, IThrottle>? wrap = null)
    {
        var clock = new VirtualTimeProvider(Start);
        var local = new LocalRules(rules);
        var throttle = new LocalThrottle(local, new LocalThrottleOptions { TimeProvider = clock });
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddRouting().AddSingleton<TimeProvider>(clock).AddSingleton(wrap?.Invoke(throttle) ?? throttle);
        addServices(builder.Services);
        var app = builder.Build();
        configure(app);
        await app.StartAsync();
        return new TestApp(app, throttle, local, clock);
    }

    public async Task<HttpStatusCode> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var answer = await SendAsync(path, headers);
        return answer.StatusCode;
    }

    public async Task<HttpResponseMessage> SendAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);
        }

        return await Client.SendAsync(request);
    }

    public static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join('|', values) : null;

    public static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"Expected {status}, got {(int)answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.ToString());
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await Throttle.DisposeAsync();
    }
}
