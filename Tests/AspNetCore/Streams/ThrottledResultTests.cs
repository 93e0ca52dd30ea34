using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Throttle.AspNetCore.Streams;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Streams;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Streams;

/// <summary>Results whose bodies are limited: the same bytes by every way of writing them, on time, and stopped with the client.</summary>
public sealed class ThrottledResultTests
{
    private const int Length = 5_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, Length).Select(i => (byte)('a' + (i % 26)))];

    public static TheoryData<string> Ways => ["bytes", "text", "stream", "file", "writer", "body", "callback"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Body_WrittenAnyWay_IsTheSameAndTakesItsTime(string way)
    {
        using var file = new TempFile(Bytes);
        var clock = new JumpingTimeProvider(Start);
        var context = NewContext(clock, out var sent);

        await ResultOf(way, file.Path).Throttle("1kB/s", "2kB").ExecuteAsync(context);

        Assert.Equal(Bytes, sent.ToArray());
        Assert.Equal((Length - 2_000) * Ticks.PerSecond / 1_000, clock.Elapsed);
        Assert.Equal(200, context.Response.StatusCode);
    }

    [Fact]
    public async Task Body_WithinTheBurst_TakesNoTime()
    {
        var clock = new JumpingTimeProvider(Start);
        var context = NewContext(clock, out var sent);
        await Results.Bytes(Bytes).Throttle(new Rate(Length, Ticks.PerSecond)).ExecuteAsync(context);
        Assert.Equal((Length, 0), (sent.Length, clock.Elapsed));
        Assert.Equal(Length, context.Response.ContentLength);
    }

    /// <summary>Seed 001, case 12: a JSON array that is made while it is sent says what it was made of.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000)]
    public async Task Json_OfALazySequence_ReadsBack(int count)
    {
        var context = NewContext(new JumpingTimeProvider(Start), out var sent);
        var items = Enumerable.Range(0, count).Select(i => $"item \"{i}\"").ToArray();

        await Results.Json(items.ToAsyncEnumerable()).Throttle("32KiB/s").ExecuteAsync(context);

        Assert.Equal(items, JsonSerializer.Deserialize<string[]>(sent.ToArray()));
    }

    /// <summary>A million items are not made ahead: what was made and is not sent is no more than the serializer's buffer.</summary>
    [Fact]
    public async Task Json_OfALazySequence_IsMadeAsItIsSent()
    {
        var clock = new VirtualTimeProvider(Start);
        var context = NewContext(clock, out var sent);
        using var aborted = new CancellationTokenSource();
        context.RequestAborted = aborted.Token;
        var made = 0L;

        var sending = Results.Json(Numbers()).Throttle("1kB/s").ExecuteAsync(context);
        Assert.Equal(1_000, sent.Length);
        Assert.InRange(made, 1_000, 64 * 1_024);
        await aborted.CancelAsync();

        await ((Task)sending.WaitAsync(Patience)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.True(sending.IsCompleted);
        Assert.Equal(1_000, sent.Length);

        async IAsyncEnumerable<string> Numbers()
        {
            for (var i = 0; i < 1_000_000; i++)
            {
                await Task.CompletedTask;
                made += 10;
                yield return "1234567";
            }
        }
    }

    [Fact]
    public async Task ClientGoes_WhileItWaits_EndsThereAndPaysNoMore()
    {
        var clock = new VirtualTimeProvider(Start);
        await using var throttle = new LocalThrottle(
            new LocalRules([LimitBy.TokenBucket("bytes", 1_000, "1kB/s", "user")]), new LocalThrottleOptions { TimeProvider = clock });
        var context = NewContext(clock, out var sent);
        using var aborted = new CancellationTokenSource();
        context.RequestAborted = aborted.Token;

        // A result that knows nothing of cancellation.
        var sending = new Written(body => body.WriteAsync(Bytes, CancellationToken.None).AsTask())
            .Throttle([("user", "1")], throttle).ExecuteAsync(context);
        Assert.Equal((1_000, 1), (sent.Length, throttle.WaiterCount));
        await aborted.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(Patience));
        Assert.Equal((1_000, 0), (sent.Length, throttle.WaiterCount));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1_000, (await throttle.InspectAsync("bytes", "1"))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Responses_OfOneKey_ShareTheRulesBandwidth()
    {
        var clock = new VirtualTimeProvider(Start);
        await using var throttle = new LocalThrottle(
            new LocalRules([LimitBy.TokenBucket("bytes", 1_000, "1kB/s", "user")]), new LocalThrottleOptions { TimeProvider = clock });
        var services = new ServiceCollection().AddSingleton<IThrottle>(throttle);
        var sending = new List<Task>();
        var sent = new List<MemoryStream>();
        foreach (var user in new[] { "1", "1", "2" })
        {
            sending.Add(Results.Bytes(Bytes[..900]).Throttle([("user", user)]).ExecuteAsync(NewContext(clock, out var body, services)));
            sent.Add(body);
        }

        // One of the user's two has what there is, the other waits; the other user's is alone with its bandwidth.
        Assert.Equal((900, 0, 900), (sent[0].Length, sent[1].Length, sent[2].Length));
        await sending[2].WaitAsync(Patience);
        var passed = 0L;
        await Eventually.IsTrueAsync(
            () =>
            {
                Assert.InRange(sent[0].Length + sent[1].Length, 0, 1_000 + passed);
                clock.Advance(TimeSpan.FromMilliseconds(10));
                passed += 10;
                return sending.TrueForAll(s => s.IsCompletedSuccessfully);
            },
            "both are sent");
        Assert.All(sent, body => Assert.Equal(Bytes[..900], body.ToArray()));
    }

    [Fact]
    public async Task Refused_IsThrown_SoThatTheResponseIsCutOff()
    {
        await using var throttle = new LocalThrottle(LimitBy.TokenBucket("dear", 5, "5/s") with { Cost = new Cost(10) });
        var context = NewContext(TimeProvider.System, out var sent);
        var body = context.Features.Get<IHttpResponseBodyFeature>();

        await Assert.ThrowsAsync<PaymentRefusedException>(() => Results.Bytes(Bytes).Throttle([], throttle).ExecuteAsync(context));

        Assert.Equal(0, sent.Length);
        Assert.Same(body, context.Features.Get<IHttpResponseBodyFeature>());
    }

    [Fact]
    public async Task Result_Failing_FailsTheSameAndLeavesTheBodyAsItWas()
    {
        var context = NewContext(TimeProvider.System, out var sent);
        var body = context.Features.Get<IHttpResponseBodyFeature>();

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() =>
            new Written(_ => throw new InvalidTimeZoneException()).Throttle("1B/s").ExecuteAsync(context));

        Assert.Same(body, context.Features.Get<IHttpResponseBodyFeature>());
        await context.Response.WriteAsync("unlimited");
        Assert.Equal("unlimited", Encoding.UTF8.GetString(sent.ToArray()));
    }

    [Theory]
    [InlineData("fast", null, "'fast' is not a size;")]
    [InlineData("0", null, "'0' is out of range; use 1B to 8192TiB.")]
    [InlineData("1KiB", "0", "'0' is out of range; use 1B to 8192TiB.")]
    public void Texts_ThatAreBad_AreRefusedAtOnce(string rate, string? burst, string message) => Assert.StartsWith(
        message, Assert.Throws<FormatException>(() => Results.Ok().Throttle(rate, burst)).Message, StringComparison.Ordinal);

    [Fact]
    public void Numbers_ThatAreBad_AreRefusedAtOnce() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Results.Ok().Throttle(new Rate(0, 1)));

    private static IResult ResultOf(string way, string path) => way switch
    {
        "bytes" => Results.Bytes(Bytes),
        "text" => Results.Text(Encoding.ASCII.GetString(Bytes)),
        "stream" => Results.Stream(new MemoryStream(Bytes)),
        "file" => Results.File(path),
        "callback" => Results.Stream(body => body.WriteAsync(Bytes).AsTask()),
        "body" => new Written(async body =>
        {
            foreach (var piece in Bytes.Chunk(700))
            {
                await body.WriteAsync(piece);
            }
        }),
        _ => new Piped(),
    };

    private static DefaultHttpContext NewContext(TimeProvider clock, out MemoryStream sent, IServiceCollection? services = null)
    {
        services ??= new ServiceCollection();
        sent = new MemoryStream();
        var context = new DefaultHttpContext
        {
            RequestServices = services.AddSingleton(clock).AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(NullLoggerFactory.Instance)
                .BuildServiceProvider(),
        };
        context.Response.Body = sent;
        return context;
    }

    private sealed class Written(Func<Stream, Task> write) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => write(httpContext.Response.Body);
    }

    /// <summary>Writes to the pipe, and leaves the last flush to others.</summary>
    private sealed class Piped : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var writer = httpContext.Response.BodyWriter;
            await writer.WriteAsync(Bytes.AsMemory(0, 3_000));
            Bytes.AsSpan(3_000).CopyTo(writer.GetSpan(Length - 3_000));
            writer.Advance(Length - 3_000);
        }
    }

    private sealed class TempFile : IDisposable
    {
        public TempFile(byte[] bytes) => File.WriteAllBytes(Path, bytes);

        public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());

        public void Dispose() => File.Delete(Path);
    }
}
