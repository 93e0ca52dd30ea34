using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Api.Http;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Api.ForwardAuth;

/// <summary>The attributes that forward auth makes of a proxy's headers.</summary>
public sealed class ForwardedFormTests
{
    public static TheoryData<string, string, string> Rows => RequestTable.Rows(seesApplication: false);

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Attribute_HoweverItIsWritten_IsInItsNormalForm(string part, string written, string expected)
    {
        await using var throttle = new AskedThrottle();
        await using var app = await StartAsync(throttle);

        var header = part switch
        {
            "path" => "X-Forwarded-Uri",
            "host" => "X-Forwarded-Host",
            "method" => "X-Forwarded-Method",
            _ => "X-Forwarded-For",
        };
        var (status, text) = await RawHttp.SendAsync(new Uri(app.Urls.Single()).Port, "GET /v1/forward-auth", "Host: x", $"{header}: {written}");

        if (expected == RequestTable.Refused)
        {
            Assert.Equal((400, true), (status, throttle.Asked is null));
            Assert.Contains($"\"field\":\"{header}\"", text, StringComparison.Ordinal);
            return;
        }

        Assert.True(status == 200, text);
        Assert.Equal(expected, throttle.Asked!.Value.Attributes.Find(part) ?? "");
    }

    private static async Task<WebApplication> StartAsync(IThrottle throttle)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(options => options.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<IRules>(new LocalRules([])).AddSingleton(throttle);
        builder.Services.AddThrottleApi();
        var app = builder.Build();
        app.UseThrottleProblems();
        app.MapThrottle();
        await app.StartAsync();
        return app;
    }

    private sealed class AskedThrottle : DelegatingThrottle, IAsyncDisposable
    {
        private readonly LocalThrottle _inner = new();

        public ThrottleRequest? Asked { get; private set; }

        protected override IThrottle Inner => _inner;

        public override ValueTask<Decision> ReserveAsync(ThrottleRequest request, CancellationToken cancellationToken = default)
        {
            Asked = request;
            return _inner.ReserveAsync(request, cancellationToken);
        }

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
