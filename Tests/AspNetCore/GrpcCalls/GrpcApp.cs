using System.Net;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Tests.AspNetCore.GrpcCalls;

/// <summary>A gRPC server on a port of this machine, with rules and a clock that stands still.</summary>
internal sealed class GrpcApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<GrpcChannel> _channels = [];

    private GrpcApp(WebApplication app, LocalThrottle throttle, VirtualTimeProvider clock) => (_app, Throttle, Clock) = (app, throttle, clock);

    public LocalThrottle Throttle { get; }

    public VirtualTimeProvider Clock { get; }

    public static async Task<GrpcApp> StartAsync(Rule[] rules, Action<IServiceCollection> addServices, Action<WebApplication> configure, Func<IThrottle, IThrottle>? wrap = null)
    {
        var clock = new VirtualTimeProvider(TestApp.Start);
        var throttle = new LocalThrottle(new LocalRules(rules), new LocalThrottleOptions { TimeProvider = clock });
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(options => options.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddRouting().AddSingleton<TimeProvider>(clock).AddSingleton(wrap?.Invoke(throttle) ?? throttle);
        builder.Services.AddGrpc();
        addServices(builder.Services);
        var app = builder.Build();
        configure(app);
        await app.StartAsync();
        return new GrpcApp(app, throttle, clock);
    }

    /// <summary>A client with a connection of its own.</summary>
    /// <param name="web">Speaks gRPC-Web in this way; null for gRPC.</param>
    /// <param name="wrap">Puts a handler around the one that sends.</param>
    /// <param name="options">Changes the channel's options.</param>
    public Echo.EchoClient Client(GrpcWebMode? web = null, Func<HttpMessageHandler, HttpMessageHandler>? wrap = null, Action<GrpcChannelOptions>? options = null)
    {
        HttpMessageHandler handler = new SocketsHttpHandler();
        handler = wrap?.Invoke(handler) ?? handler;
        handler = web is { } mode ? new GrpcWebHandler(mode, handler) : handler;
        var channelOptions = new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true };
        options?.Invoke(channelOptions);
        var channel = GrpcChannel.ForAddress(_app.Urls.Single(), channelOptions);
        _channels.Add(channel);
        return new Echo.EchoClient(channel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }

        await _app.DisposeAsync();
        await Throttle.DisposeAsync();
    }
}
