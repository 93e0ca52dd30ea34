using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client.Web;
using Microsoft.AspNetCore.Builder;
using Throttle.AspNetCore.Outgoing;
using Throttle.AspNetCore.Requests;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.GrpcCalls;

/// <summary>gRPC clients that wait their turn, and heed a server's refusal.</summary>
public sealed class OutgoingCallTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(null)]
    [InlineData(GrpcWebMode.GrpcWeb)]
    [InlineData(GrpcWebMode.GrpcWebText)]
    public async Task Refusal_OfAServer_HoldsFurtherCallsBackUntilThen(GrpcWebMode? web)
    {
        await using var app = await StartAsync();
        await using var throttle = Throttle(app, LimitBy.TokenBucket("own", 100, "100/h"));
        CountingHandler? sent = null;
        var client = app.Client(web, sends => new ThrottleHandler(throttle, new() { TimeProvider = app.Clock }) { InnerHandler = sent = new CountingHandler(sends) });
        await client.SayAsync(new());
        await Assert.ThrowsAsync<RpcException>(async () => await client.SayAsync(new()));
        Assert.Equal(0, (await throttle.InspectAsync("own", ""))!.Value.Limiter.Remaining);

        var held = client.SayAsync(new() { Text = "held" });
        app.Clock.Advance((10 * Second) - TimeSpan.FromTicks(1));
        Assert.Equal(2, sent!.Count);
        app.Clock.Advance(TimeSpan.FromTicks(1) + (30 * Second));

        Assert.Equal("held", (await held).Text);
        Assert.Equal(3, sent.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(GrpcWebMode.GrpcWeb)]
    [InlineData(GrpcWebMode.GrpcWebText)]
    public async Task Call_ThatWouldWaitTooLong_IsResourceExhaustedWithoutBeingSent(GrpcWebMode? web)
    {
        await using var app = await StartAsync();
        await using var throttle = Throttle(app, LimitBy.TokenBucket("own", 1, "1/5s"));
        var client = Client(app, throttle, web, options => options.MaxWait = TimeSpan.Zero);
        await client.SayAsync(new());

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.SayAsync(new()));

        Assert.Equal((StatusCode.ResourceExhausted, "Rule 'own' has no room for the request now; try again in 5 s."), (refused.StatusCode, refused.Status.Detail));
        Assert.Equal(5 * Second, refused.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan());

        // The refused call took nothing from the server's bucket, which has one permit again.
        app.Clock.Advance(10 * Second);
        await client.SayAsync(new());
    }

    [Fact]
    public async Task Status_WithoutAWait_HoldsNobodyBack()
    {
        await using var app = await StartAsync();
        await using var throttle = Throttle(app, LimitBy.TokenBucket("own", 100, "1/s"));
        var client = Client(app, throttle, configure: options => options.MaxWait = TimeSpan.Zero);

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.SayAsync(new() { Text = EchoService.TooLong }));
        app.Clock.Advance(10 * Second);

        Assert.Equal((StatusCode.ResourceExhausted, EchoService.TooLong), (refused.StatusCode, refused.Status.Detail));
        Assert.Equal("next", (await client.SayAsync(new() { Text = "next" })).Text);
    }

    private static LocalThrottle Throttle(GrpcApp app, Rule rule) => new(new LocalRules([rule]), new LocalThrottleOptions { TimeProvider = app.Clock });

    private static Echo.EchoClient Client(GrpcApp app, LocalThrottle throttle, GrpcWebMode? web = null, Action<ThrottleHandlerOptions>? configure = null)
    {
        var options = new ThrottleHandlerOptions { TimeProvider = app.Clock };
        configure?.Invoke(options);
        return app.Client(web, sends => new ThrottleHandler(throttle, options) { InnerHandler = sends });
    }

    private static Task<GrpcApp> StartAsync() => GrpcApp.StartAsync(
        [LimitBy.TokenBucket("calls", 1, "1/10s", "ip")],
        services => services.AddThrottleMiddleware(),
        app =>
        {
            app.UseThrottle();
            app.UseGrpcWeb(new() { DefaultEnabled = true });
            app.MapGrpcService<EchoService>();
        });
}
