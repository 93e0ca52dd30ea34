using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Throttle.Tests.Api.Http;

/// <summary>Somebody's server that work is posted to.</summary>
internal sealed class Hook : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Call> _calls = new();

    private Hook(WebApplication app) => _app = app;

    public string Url => $"{_app.Urls.First()}/hook?a=b";

    public IReadOnlyList<Call> Calls => [.. _calls];

    /// <summary>The status of the answer to each; 200 unless set.</summary>
    public Func<HttpContext, int> Answer { get; set; } = _ => 200;

    public static async Task<Hook> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var hook = new Hook(app);
        app.Run(hook.HandleAsync);
        await app.StartAsync();
        return hook;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        context.Response.StatusCode = Answer(context);
        _calls.Enqueue(new(context.Request.Method, context.Request.Path + context.Request.QueryString, headers, body.ToArray()));
    }

    public sealed record Call(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body);
}
