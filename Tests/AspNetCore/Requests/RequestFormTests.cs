using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Throttle.AspNetCore.Requests;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Requests;

/// <summary>What the middleware makes of requests that arrive at a real server.</summary>
public sealed class RequestFormTests
{
    public static TheoryData<string, string, string> Rows => RequestTable.Rows(seesApplication: true);

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Attribute_HoweverItIsWritten_IsInItsNormalForm(string part, string written, string expected)
    {
        await using var local = new LocalThrottle();
        var throttle = new WrappedThrottle(local);
        await using var app = await StartAsync(throttle, options => options.IgnoresPathCase = options.IgnoresLastSlash = false);

        var method = part == "method" ? written : "GET";
        var target = part == "path" ? written : "/";
        var (status, text) = await RawHttp.SendAsync(
            new Uri(app.Urls.Single()).Port,
            $"{method} {target}",
            $"Host: {(part == "host" ? written : part == "path" && Uri.TryCreate(target, UriKind.Absolute, out var url) ? url.Authority : "x")}",
            $"X-Forwarded-For: {(part == "ip" ? written : "192.0.2.9")}");

        if (expected == RequestTable.Refused)
        {
            Assert.Equal((400, true), (status, throttle.Asked.IsEmpty));
            return;
        }

        Assert.True(status == 200, text);
        Assert.Equal(expected, Assert.Single(throttle.Asked).Attributes.Find(part) ?? "");
    }

    private static async Task<WebApplication> StartAsync(IThrottle throttle, Action<ThrottleMiddlewareOptions> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(options => options.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton(throttle).AddThrottleMiddleware(options =>
        {
            options.Proxies = TrustedProxies.Loopback;
            configure(options);
        });
        var app = builder.Build();
        app.UseThrottle();
        app.Run(context => context.Response.WriteAsync("passed"));
        await app.StartAsync();
        return app;
    }
}
