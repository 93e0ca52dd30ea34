using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Throttle.Api.Envoy;
using Throttle.Api.Hosting;
using Throttle.Api.Http;
using Throttle.Api.Redis;
using Throttle.Api.RuleFiles;
using Throttle.AspNetCore.Requests;
using Throttle.Core;
using Throttle.Core.Engine;
using Throttle.Core.Failures;
using Throttle.Core.Inline;
using Throttle.Core.Queues;
using Throttle.Core.Rules;
using Throttle.Core.Time;
using Throttle.Core.Usage;
using Throttle.Tests.Api.Redis;
using Throttle.Tests.Api.RuleFiles;

namespace Throttle.Tests.Api.Failures;

/// <summary>One list of failures, asked for on one list of fronts: no answer tells of the inside, and each says when to try again.</summary>
public sealed class FailureTests
{
    private const string Secret =
        "Timeout at redis-7.internal:6379, key {throttle}/rules/per-client, ThreadPool (Worker: Busy=3), silo S10.0.0.5:11111:1\n"
        + "   at Throttle.Grains.BucketGrain.Take(Int64 permits) in /src/Grains/BucketGrain.cs:line 42";

    private static readonly string[] Fragments = ["redis-7", "6379", "{throttle}", "ThreadPool", "Busy=", "S10.0", "11111", "   at ", "/src/", "BucketGrain"];

    /// <summary>By name: what fails inside.</summary>
    private static readonly Dictionary<string, Func<Failure>> Kinds = new(StringComparer.Ordinal)
    {
        ["a text of another version"] = () => Failure.Parse(Secret),
        ["a failure with an id"] = () => Failure.WithNewId(FailureReason.Storage),
        ["a bug"] = () => throw new InvalidOperationException(Secret, new IOException(Secret)),
        ["a time-out"] = () => throw new TimeoutException(Secret),
        ["a queue"] = () => throw new WorkQueueException(WorkQueueFault.Unavailable, Secret),
        ["a failure thrown"] = () => throw new FailureException(Failure.Parse(Secret)),
    };

    private const string Rules = """
        version: 1
        rules:
          - { id: per-client, key: [user], on-error: deny, limit: { algorithm: token-bucket, capacity: 20, refill: 10/s } }
          - { id: application, match: { path: /application }, on-error: deny, limit: { algorithm: token-bucket, capacity: 20, refill: 10/s } }
          - { id: spaced, key: [user], on-error: deny, limit: { algorithm: spacing, interval: 1s } }
          - { id: adaptive, key: [user], on-error: deny, limit: { algorithm: leaky-bucket, capacity: 5, leak: 5/s, adaptive: { settable: true } } }
        """;

    private static readonly (string Method, string Path, string? Body)[] Requests =
    [
        ("POST", "/v1/acquire", """{"attributes":{"user":"1"}}"""),
        ("POST", "/v1/acquire", """[{"attributes":{"user":"1"}},{"attributes":{"user":"2"}}]"""),
        ("POST", "/v1/return", """{"attributes":{"user":"1"}}"""),
        ("POST", "/v1/begin", """{"attributes":{"user":"1"},"at":1}"""),
        ("POST", "/v1/ran", """{"attributes":{"user":"1"},"at":1,"ago":0}"""),
        ("GET", "/v1/forward-auth?user=1", null),
        ("GET", "/v1/buckets/per-client/1", null),
        ("PUT", "/v1/buckets/adaptive/1", """{"factor":1}"""),
        ("DELETE", "/v1/buckets/per-client/1", null),
        ("POST", "/v1/queues/mail/1?id=1", "x"),
        ("GET", "/v1/queues/mail/1", null),
        ("DELETE", "/v1/queues/mail/1?id=1", null),
        ("GET", "/v1/failed/mail/1", null),
        ("POST", "/v1/failed/mail/1", """{"id":"1"}"""),
        ("DELETE", "/v1/failed/mail/1?id=1", null),
        ("GET", "/v1/usage", null),
        ("POST", "/v1/GetRateLimits", """{"requests":[{"name":"n","uniqueKey":"1","hits":1,"limit":5,"duration":1000}]}"""),
        ("POST", "/json", """{"domain":"d","descriptors":[{"entries":[{"key":"a","value":"1"}]}]}"""),
        ("PUT", "/v1/rules/per-client", """{"limit":{"algorithm":"token-bucket","capacity":1,"refill":"1/s"}}"""),
        ("PUT", "/v1/rules", """{"version":1,"rules":[]}"""),
        ("DELETE", "/v1/rules/per-client", null),
        ("GET", "/application", null),
    ];

    private static readonly string[][] Commands =
    [
        ["CL.THROTTLE", "k", "9", "1", "60"],
        ["THROTTLE", "k", "9", "1", "60"],
        ["THROTTLE.ACQUIRE", "per-client", "1"],
        ["THROTTLE.PEEK", "per-client", "1"],
        ["THROTTLE.RETURN", "per-client", "1"],
        ["THROTTLE.RESET", "per-client", "1"],
    ];

    public static TheoryData<string> Names => new(Kinds.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Answer_WhateverFails_TellsNothingOfTheInside(string kind)
    {
        await using var host = await StartAsync(Kinds[kind]);
        using var client = new HttpClient { BaseAddress = new(host.Address) };
        var answers = 0;
        foreach (var (method, path, body) in Requests)
        {
            using var request = new HttpRequestMessage(new(method), path) { Content = body is null ? null : new StringContent(body, null, "application/json") };
            using var response = await client.SendAsync(request);
            var text = $"{response.Headers}\n{await response.Content.ReadAsStringAsync()}";
            AssertSilent($"{method} {path}", text);
            Assert.False(response.StatusCode == HttpStatusCode.NotFound, $"{method} {path} is not there: {text}");
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                answers++;
                Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
                AssertRetries($"{method} {path}", await response.Content.ReadAsStringAsync());
            }
        }

        Assert.True(answers > 0 || kind is "a bug" or "a time-out", "Nothing answered 503.");
        using var redis = new RedisClient(host.Redis);
        foreach (var command in Commands)
        {
            AssertSilent(command[0], redis.Ask(command));
        }
    }

    [Fact]
    public async Task Answer_OfADecision_HasTheReasonTheIdAndASecond()
    {
        var failure = Failure.WithNewId(FailureReason.Storage);
        await using var host = await StartAsync(() => failure);
        using var client = new HttpClient { BaseAddress = new(host.Address) };
        using var response = await client.PostAsync("/v1/acquire", new StringContent("""{"attributes":{"user":"1"}}"""));
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(503, (int)response.StatusCode);
        Assert.Equal($"The storage failed (failure {failure.Id}).", answer.RootElement.GetProperty("error").GetString());
        Assert.Equal(1, answer.RootElement.GetProperty("retryAfter").GetDecimal());

        using var problem = JsonDocument.Parse(await (await client.GetAsync("/application")).Content.ReadAsStringAsync());
        Assert.Equal(failure.Id, problem.RootElement.GetProperty("failure").GetString());

        using var redis = new RedisClient(host.Redis);
        Assert.Equal($"TRYAGAIN The storage failed (failure {failure.Id}).", redis.Ask("CL.THROTTLE", "k", "9", "1", "60"));
        Assert.Contains("retry-after-ms,1000,", redis.Ask("THROTTLE.ACQUIRE", "per-client", "1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bug_IsInTheLogUnderTheIdOfTheAnswer()
    {
        var log = new RecordedLog();
        await using var host = await StartAsync(() => throw new InvalidOperationException(Secret), log);
        using var client = new HttpClient { BaseAddress = new(host.Address) };
        using var response = await client.PostAsync("/v1/acquire", new StringContent("""{"attributes":{"user":"1"}}"""));
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var id = problem.RootElement.GetProperty("failure").GetString()!;
        Assert.Contains(log.Lines, line => line.Contains(id, StringComparison.Ordinal) && line.Contains("redis-7.internal", StringComparison.Ordinal));
    }

    private static void AssertSilent(string asked, string answer) =>
        Assert.All(Fragments, fragment => Assert.False(answer.Contains(fragment, StringComparison.Ordinal), $"{asked} tells '{fragment}': {answer}"));

    private static void AssertRetries(string asked, string body)
    {
        using var json = JsonDocument.Parse(body);
        var root = json.RootElement;
        var seconds = root.TryGetProperty("retryAfter", out var retry) || root.TryGetProperty("wait", out retry) ? retry.GetDecimal() : 0;
        Assert.True(seconds > 0, $"{asked} does not say when to try again: {body}");
    }

    private static async Task<Host> StartAsync(Func<Failure> fail, ILoggerProvider? log = null)
    {
        var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("d.yaml"), "domain: d\ndescriptors:\n  - key: a\n    rate_limit: { unit: minute, requests_per_unit: 5 }\n");
        var envoy = await EnvoyFront.OpenAsync(new EnvoyOptions { ConfigPath = folder.Path });
        var front = new NodeFront(["http://127.0.0.1:0"], null, TimeSpan.FromSeconds(10), new RedisOptions { EndPoint = new(IPAddress.Loopback, 0) });
        var builder = front.CreateBuilder();
        builder.Logging.ClearProviders();
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        var failing = new FailingEngine(fail);
        var rules = new FailingRules(new RuleSet(RuleFileReader.Read(Rules)), fail);
        builder.Services.AddSingleton<IRules>(rules)
            .AddSingleton<IThrottle>(new ThrottleEngine(rules, failing, new MonotonicClock(TimeProvider.System), new ThrottleInstruments(failing)))
            .AddSingleton<IInlineLimits>(failing)
            .AddSingleton<IWorkQueues>(failing)
            .AddSingleton<IUsage>(failing)
            .AddThrottleMiddleware();
        envoy.AddTo(builder.Services);
        var app = front.Build(builder, new ThrottleApiOptions());
        app.Map("/application", branch => branch.UseThrottle());
        await app.StartAsync();
        return new Host(app, front, envoy, folder);
    }

    /// <summary>Rules that can be read and not edited.</summary>
    private sealed class FailingRules(RuleSet current, Func<Failure> fail) : IRules
    {
        public event Action<RuleSet> Changed
        {
            add { }
            remove { }
        }

        public RuleSet Current => current;

        public ValueTask<RuleSet> ReplaceAsync(IReadOnlyList<Rule> rules, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
            throw new FailureException(fail());
    }

    private sealed class Host(WebApplication app, NodeFront front, EnvoyFront envoy, TempFolder folder) : IAsyncDisposable
    {
        public string Address => front.AddressesOf(app)[0];

        public IPEndPoint Redis => front.RedisEndPoint!;

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
            await envoy.DisposeAsync();
            folder.Dispose();
        }
    }

    private sealed class RecordedLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
