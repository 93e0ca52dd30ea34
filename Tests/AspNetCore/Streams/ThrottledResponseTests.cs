using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Throttle.AspNetCore.Streams;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Streams;

/// <summary>What a client sees: status, headers and ranges are the other result's.</summary>
public sealed class ThrottledResponseTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 1_000).Select(i => (byte)(i % 251))];

    [Fact]
    public async Task File_InRanges_HasItsStatusHeadersAndBytes()
    {
        await using var app = await StartAsync(new JumpingTimeProvider(DateTimeOffset.UnixEpoch), () => Results.Bytes(Bytes, "application/x-dump", "dump.bin", enableRangeProcessing: true).Throttle("100B/s"));
        using var client = app.GetTestClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Range = new(200, 499) } };

        using var answer = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(
            (300L, "application/x-dump", "dump.bin"),
            (answer.Content.Headers.ContentLength, answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.FileName));
        Assert.Equal(Bytes[200..500], await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Headers_ComeBeforeTheFirstWait()
    {
        var clock = new VirtualTimeProvider(DateTimeOffset.UnixEpoch);
        await using var app = await StartAsync(clock, () => Results.Bytes(Bytes).Throttle("100B/s"));
        using var client = app.GetTestClient();

        using var answer = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal((HttpStatusCode.OK, 1_000L), (answer.StatusCode, answer.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Answer_WithoutBody_IsAsItWas()
    {
        await using var app = await StartAsync(TimeProvider.System, () => Results.NotFound().Throttle("1B/h"));
        using var client = app.GetTestClient();

        using var answer = await client.GetAsync("/");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    private static async Task<WebApplication> StartAsync(TimeProvider clock, Func<IResult> answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddRouting().AddSingleton(clock);
        var app = builder.Build();
        app.MapGet("/", answer);
        await app.StartAsync();
        return app;
    }
}
