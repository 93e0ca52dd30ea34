using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Throttle.AspNetCore.Outgoing;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.AspNetCore.Outgoing;

/// <summary>Calls that wait, are held back, or are not made.</summary>
public sealed class HandlerTests : IAsyncDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly VirtualTimeProvider _clock = new(TestApp.Start);
    private readonly LimitedApi _api;
    private readonly LocalThrottle _throttle;

    public HandlerTests()
    {
        _api = new(_clock);
        _throttle = new(
            new LocalRules(
            [
                LimitBy.TokenBucket("api", 2, "1/s", "host"),
                LimitBy.TokenBucket("wide", 10, "1/s") with { Match = [new("path", ["/only/by/name"])] },
                LimitBy.Spacing("spaced", "3s", 5) with { Match = [new("path", ["/only/by/name"])] },
                LimitBy.Concurrency("places", 1, "1m") with { Match = [new("path", ["/only/by/name"])] },
                LimitBy.TokenBucket("priced", 10, "1/s") with { Match = [new("path", ["/only/by/name"])], Cost = new Cost(4) },
            ]),
            new LocalThrottleOptions { TimeProvider = _clock });
    }

    public ValueTask DisposeAsync()
    {
        _api.Dispose();
        return _throttle.DisposeAsync();
    }

    [Fact]
    public async Task Calls_BeyondTheRate_WaitTheirTurn()
    {
        using var client = Client();
        await client.GetAsync("/1");
        await client.GetAsync("/2");

        var third = client.GetAsync("/3");
        await WaitingAsync(1);
        _clock.Advance(Second);

        Assert.Equal(HttpStatusCode.OK, (await third).StatusCode);
        Assert.Equal([TestApp.Start, TestApp.Start, TestApp.Start + Second], _api.Calls.Select(c => c.At));
    }

    [Fact]
    public async Task Calls_ThatWouldWaitTooLong_AreAnsweredHereAtOnce()
    {
        using var client = Client(o => o.MaxWait = TimeSpan.FromMilliseconds(999));
        await client.GetAsync("/1");
        await client.GetAsync("/2");

        using var refused = await client.GetAsync("/3");

        Assert.Equal((HttpStatusCode.TooManyRequests, "Throttled before sending"), (refused.StatusCode, refused.ReasonPhrase));
        Assert.Equal(Second, refused.Headers.RetryAfter!.Delta);
        Assert.Equal("/3", refused.RequestMessage!.RequestUri!.AbsolutePath);
        using var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync());
        Assert.Equal("quota-exceeded", problem.RootElement.GetProperty("code").GetString());
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.ToString());
        Assert.Equal(2, _api.Calls.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests, false)]
    [InlineData(HttpStatusCode.ServiceUnavailable, false)]
    [InlineData(HttpStatusCode.TooManyRequests, true)]
    public async Task Refusal_WithRetryAfter_HoldsFurtherCallsBackUntilThen(HttpStatusCode status, bool isDate)
    {
        using var client = Client();
        _api.Answers.Enqueue((status, isDate ? new(TestApp.Start + (5 * Second)) : new(5 * Second)));
        using var refused = await client.GetAsync("/1");
        Assert.Equal(status, refused.StatusCode);
        Assert.Equal(0, (await _throttle.PeekAsync(new([("host", "api.test")], 0))).Remaining);

        var held = client.GetAsync("/2");
        _clock.Advance((5 * Second) - TimeSpan.FromTicks(1));
        Assert.False(held.IsCompleted);
        Assert.Single(_api.Calls);
        _clock.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(HttpStatusCode.OK, (await held).StatusCode);
        Assert.Equal(TestApp.Start + (5 * Second), _api.Calls[1].At);
    }

    [Fact]
    public async Task Refusal_LongerThanCallsMayWait_AnswersThemAtOnce()
    {
        using var client = Client();
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, new(TimeSpan.FromMinutes(1))));
        await client.GetAsync("/1");
        _clock.Advance(TimeSpan.FromMilliseconds(500));

        using var held = await client.GetAsync("/2");

        Assert.Equal((HttpStatusCode.TooManyRequests, TimeSpan.FromSeconds(60)), (held.StatusCode, held.Headers.RetryAfter!.Delta));
        using var problem = JsonDocument.Parse(await held.Content.ReadAsStringAsync());
        Assert.Equal(("held-back", 59.5), (problem.RootElement.GetProperty("code").GetString(), problem.RootElement.GetProperty("retryAfter").GetDouble()));
        Assert.Single(_api.Calls);
    }

    [Fact]
    public async Task Refusal_OfOneApi_HoldsNoOtherBack()
    {
        using var client = Client();
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, new(TimeSpan.FromMinutes(1))));
        await client.GetAsync("/1");

        using var other = await client.GetAsync("https://other.test/2");

        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, null)]
    [InlineData(HttpStatusCode.TooManyRequests, 0)]
    [InlineData(HttpStatusCode.OK, 5)]
    [InlineData(HttpStatusCode.InternalServerError, 5)]
    public async Task Answers_ThatAskForNothing_HoldNobodyBack(HttpStatusCode status, int? retryAfter)
    {
        using var client = Client();
        _api.Answers.Enqueue((status, retryAfter is { } seconds ? new(TimeSpan.FromSeconds(seconds)) : null));
        await client.GetAsync("/1");

        using var second = await client.GetAsync("/2");

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
    }

    [Fact]
    public async Task Refusal_ThatDoesNotSayHowLong_HoldsForTheDefaultAndLeavesTheBuckets()
    {
        using var client = Client(o => o.DefaultHold = 2 * Second);
        var left = (await _throttle.PeekAsync(new([("host", "api.test")], 0))).Remaining;
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, null));
        await client.GetAsync("/1");
        Assert.Equal(left - 1, (await _throttle.PeekAsync(new([("host", "api.test")], 0))).Remaining);

        var held = client.GetAsync("/2");
        _clock.Advance((2 * Second) - TimeSpan.FromTicks(1));
        Assert.False(held.IsCompleted);
        _clock.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(HttpStatusCode.OK, (await held).StatusCode);
    }

    [Fact]
    public async Task Answer_ReadByTheApplication_HoldsAsItSays()
    {
        using var client = Client(o => o.RetryAfter = answer => answer.StatusCode == HttpStatusCode.OK ? Second : TimeSpan.Zero);
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, new(TimeSpan.FromMinutes(1))));
        await client.GetAsync("/1");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/2")).StatusCode);

        var held = client.GetAsync("/3");
        Assert.False(held.IsCompleted);
        await AdvanceUntilAsync(held);

        Assert.Equal(HttpStatusCode.OK, (await held).StatusCode);
    }

    [Fact]
    public async Task Refusal_LongerThanAnybodyIsBelieved_EndsThere()
    {
        using var client = Client(o => o.MaxHold = 2 * Second);
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, new(TimeSpan.FromDays(10_000))));
        await client.GetAsync("/1");

        var held = client.GetAsync("/2");
        _clock.Advance(2 * Second);

        Assert.Equal(HttpStatusCode.OK, (await held).StatusCode);
    }

    [Fact]
    public async Task Refusal_WhileOthersWaitForTheirTurn_HoldsThemBackAndKeepsTheirPermits()
    {
        using var client = Client();
        await client.GetAsync("/1");
        _api.Answers.Enqueue((HttpStatusCode.OK, null));
        await client.GetAsync("/2");
        var third = client.GetAsync("/3");
        await WaitingAsync(1);
        var fourth = client.GetAsync("/4");
        await WaitingAsync(2);
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, new(10 * Second)));

        _clock.Advance(Second);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await third).StatusCode);
        _clock.Advance(Second);
        await WaitingAsync(0);
        Assert.Equal(3, _api.Calls.Count);

        await AdvanceUntilAsync(fourth);
        Assert.Equal(HttpStatusCode.OK, (await fourth).StatusCode);
        Assert.True(_api.Calls[3].At >= TestApp.Start + (11 * Second), $"The fourth call was made at {_api.Calls[3].At:O}.");
    }

    [Fact]
    public async Task Cancelled_WhileWaiting_GivesThePermitsBack()
    {
        using var client = Client();
        await client.GetAsync("/1");
        await client.GetAsync("/2");
        using var cancel = new CancellationTokenSource();
        var third = client.GetAsync("/3", cancel.Token);
        await WaitingAsync(1);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        _clock.Advance(Second);
        Assert.Equal(1, (await _throttle.PeekAsync(new([("host", "api.test")], 0))).Remaining);
        Assert.Equal(2, _api.Calls.Count);
    }

    [Fact]
    public async Task Cancelled_WhileHeldBack_TakesNothing()
    {
        using var client = Client();
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, new(5 * Second)));
        await client.GetAsync("/1");
        using var cancel = new CancellationTokenSource();
        var held = client.GetAsync("/2", cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        _clock.Advance(5 * Second);
        Assert.Equal(2, (await _throttle.PeekAsync(new([("host", "api.test")], 0))).Remaining);
    }

    [Fact]
    public async Task Calls_UnderASpacingRule_AreAnIntervalApart()
    {
        using var client = Client(o => o.Ask = _ => new([]) { Rule = "spaced" });
        var calls = new[] { client.GetAsync("/1"), client.GetAsync("/2"), client.GetAsync("/3") };

        await AdvanceUntilAsync(Task.WhenAll(calls));

        Assert.All(_api.Calls.Zip(_api.Calls.Skip(1)), pair => Assert.True(pair.Second.At - pair.First.At >= 3 * Second, $"{pair.First.At:O} to {pair.Second.At:O}"));
    }

    [Fact]
    public async Task Place_OfAConcurrencyRule_IsFreeOnceAnswered()
    {
        using var client = Client(o => o.Ask = _ => new([]) { Rule = "places" });

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/1")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/2")).StatusCode);
        Assert.Equal(1, (await _throttle.InspectAsync("places", ""))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Refusal_UnderARuleWithAPrice_TakesWhatWholeCallsAreLeft()
    {
        using var client = Client(o => o.Ask = _ => new([]) { Rule = "priced" });
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, new(Second)));

        await client.GetAsync("/1");

        Assert.Equal(2, (await _throttle.InspectAsync("priced", ""))!.Value.Limiter.Remaining);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Refusal_WhileOthersTakeFromTheBucket_TakesTheRest(int others)
    {
        var elsewhere = new WrappedThrottle(_throttle)
        {
            BeforeReserving = async () => _ = others-- > 0 && (await _throttle.ReserveAsync(new([], 2) { Rule = "wide" })).IsAllowed,
        };
        using var client = Client(o => o.Ask = _ => new([]) { Rule = "wide" }, elsewhere);
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, new(Second)));

        await client.GetAsync("/1");

        Assert.Equal(0, (await _throttle.InspectAsync("wide", ""))!.Value.Limiter.Remaining);
    }

    [Fact]
    public async Task Refusal_ThatCannotEmptyTheBucket_IsAnsweredAllTheSame()
    {
        var elsewhere = new WrappedThrottle(_throttle) { BeforeReserving = () => throw new InvalidOperationException("Nobody answers.") };
        using var client = Client(o => o.MaxWait = Second, elsewhere);
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, new(5 * Second)));

        using var refused = await client.GetAsync("/1");
        using var held = await client.GetAsync("/2");

        Assert.Equal((HttpStatusCode.TooManyRequests, "Too Many Requests"), (refused.StatusCode, refused.ReasonPhrase));
        Assert.Equal("Throttled before sending", held.ReasonPhrase);
    }

    [Fact]
    public void Send_WithoutAsync_IsNotThere()
    {
        using var client = Client();
        using var call = new HttpRequestMessage(HttpMethod.Get, "/1");

        Assert.Contains("use SendAsync", Assert.Throws<NotSupportedException>(() => client.Send(call)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_OutOfRange_AreNamed()
    {
        Assert.Equal("MaxWait is -00:00:01; use zero to 1.00:00:00.", Assert.Throws<ArgumentException>(() => Client(o => o.MaxWait = -Second)).Message);
        Assert.Equal("MaxHold is 2.00:00:00; use zero to 1.00:00:00.", Assert.Throws<ArgumentException>(() => Client(o => o.MaxHold = TimeSpan.FromDays(2))).Message);
    }

    [Fact]
    public async Task Clients_OfAFactory_ShareWhatTheApiHasSaid()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IThrottle>(_throttle);
        services.AddHttpClient("api", c => c.BaseAddress = new Uri("https://api.test"))
            .SetHandlerLifetime(TimeSpan.FromSeconds(1))
            .ConfigurePrimaryHttpMessageHandler(() => _api)
            .AddThrottle(o => (o.TimeProvider, o.MaxWait) = (_clock, Second));
        await using var provider = services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IHttpMessageHandlerFactory>();
        _api.Answers.Enqueue((HttpStatusCode.TooManyRequests, new(TimeSpan.FromMinutes(1))));

        using var first = new HttpMessageInvoker(factory.CreateHandler("api"), disposeHandler: false);
        using var refused = await first.SendAsync(new HttpRequestMessage(HttpMethod.Get, "https://api.test/1"), CancellationToken.None);
        using var second = provider.GetRequiredService<IHttpClientFactory>().CreateClient("api");
        using var held = await second.GetAsync("/2");

        Assert.Equal("Throttled before sending", held.ReasonPhrase);
        Assert.Single(_api.Calls);
    }

    private HttpClient Client(Action<ThrottleHandlerOptions>? configure = null, IThrottle? throttle = null)
    {
        var options = new ThrottleHandlerOptions { TimeProvider = _clock };
        configure?.Invoke(options);
        return new HttpClient(new ThrottleHandler(throttle ?? _throttle, options) { InnerHandler = _api }, disposeHandler: false) { BaseAddress = new Uri("https://api.test") };
    }

    private Task WaitingAsync(int callers) =>
        Eventually.IsTrueAsync(() => _throttle.WaiterCount == callers, $"{callers} calls that wait for their turn");

    /// <summary>Moves the clock, a tenth of a second at a time, until something is done.</summary>
    private Task AdvanceUntilAsync(Task task) => Eventually.IsTrueAsync(
        () =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            return task.IsCompleted;
        },
        "calls that are answered");
}
