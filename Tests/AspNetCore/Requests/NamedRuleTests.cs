using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Throttle.AspNetCore.Requests;
using Throttle.Core;
using Throttle.Core.Local;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.Requests;

/// <summary>Endpoints that name a rule that is not there are found at start.</summary>
public sealed class NamedRuleTests
{
    private static readonly Rule[] Rules =
    [
        LimitBy.TokenBucket("logins", 1, "1/h"),
        LimitBy.TokenBucket("uploads", 1, "1/h") with { Cost = new Cost(1, "x-size") },
        LimitBy.TokenBucket("resting", 1, "1/h") with { Mode = RuleMode.Off },
    ];

    [Fact]
    public async Task Start_WithRulesThatAreNotThere_NamesEveryEndpoint()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(routes =>
        {
            routes.MapPost("/login", () => "").RequireThrottle("login");
            routes.MapGet("/files/{name}", [Throttle("elsewhere")] (string name) => name);
            routes.MapGroup("/group").RequireThrottle("logins").MapGet("/nearer", () => "").RequireThrottle("UPLOAD-S").WithDisplayName("the nearer");
            routes.MapGet("/good", () => "").RequireThrottle("logins");
        }));

        Assert.Equal(
            [
                "Endpoint 'HTTP: POST /login': There is no rule 'login'; there are logins, uploads, resting. Did you mean 'logins'?",
                "Endpoint 'HTTP: GET /files/{name}': There is no rule 'elsewhere'; there are logins, uploads, resting.",
                "Endpoint 'the nearer': There is no rule 'UPLOAD-S'; there are logins, uploads, resting. Did you mean 'uploads'?",
            ],
            error.Message.Split(Environment.NewLine));
    }

    [Fact]
    public async Task Start_WithAControllerOfUnknownRules_NamesItsActions()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(
            routes => routes.MapControllers(),
            services => services.AddControllers().AddApplicationPart(typeof(LimitedController).Assembly)));

        Assert.Contains($"{nameof(LimitedController)}.One", error.Message, StringComparison.Ordinal);
        Assert.Contains("There is no rule 'one';", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithRulesThatAreThere_TakesNothing()
    {
        await using var throttle = new LocalThrottle(Rules);
        await using var app = await StartAsync(
            routes =>
            {
                routes.MapGet("/logins", () => "").RequireThrottle("logins");
                routes.MapGet("/uploads", () => "").RequireThrottle("uploads");
                routes.MapGet("/resting", () => "").RequireThrottle("resting");
                routes.MapGroup("/free").RequireThrottle("nowhere").MapGet("/", () => "").DisableThrottle();
            },
            throttle: throttle);

        Assert.Equal(0, throttle.BucketCount);
    }

    [Fact]
    public async Task Start_WhereRulesComeLater_CanBeAllowed()
    {
        var rules = new LocalRules([]);
        await using var throttle = new LocalThrottle(rules);
        await using var app = await StartAsync(
            routes => routes.MapGet("/", () => "passed").RequireThrottle("logins"),
            services => services.Configure<ThrottleMiddlewareOptions>(options => options.ChecksRulesAtStart = false),
            throttle);
        using var client = app.GetTestClient();
        await Assert.ThrowsAsync<UnknownRuleException>(() => client.GetAsync("/"));

        rules.Replace(Rules);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task RulesOfACluster_WhenTheyLackAName_AreWarnedOfOnce()
    {
        await using var local = new LocalThrottle(Rules);
        var (rules, log) = (new FollowedRules(), new WarningLog());
        await using var app = await StartAsync(
            routes =>
            {
                routes.MapPost("/login", () => "").RequireThrottle("login");
                routes.MapGet("/good", () => "").RequireThrottle("logins");
            },
            services => services.AddSingleton<IRules>(rules).AddLogging(logging => logging.AddProvider(log)),
            new WrappedThrottle(local));
        Assert.Empty(log.Warnings);
        const string Warning = "Endpoint 'HTTP: POST /login': There is no rule 'login'; there are logins, uploads, resting. Did you mean 'logins'? Its requests fail until the rule is there.";

        rules.Arrive(Rules);
        Assert.Equal([Warning], log.Warnings);

        // Another set that lacks it says nothing new; one that has it, and loses it again, does.
        rules.Arrive([.. Rules]);
        rules.Arrive([.. Rules, LimitBy.TokenBucket("login", 1, "1/h")]);
        Assert.Single(log.Warnings);
        rules.Arrive(Rules);

        Assert.Equal([Warning, Warning], log.Warnings);
    }

    [Fact]
    public async Task RulesOfACluster_KnownAtStart_AreLookedAtThen()
    {
        await using var local = new LocalThrottle(Rules);
        var (rules, log) = (new FollowedRules(), new WarningLog());
        rules.Arrive(Rules);

        await using var app = await StartAsync(
            routes => routes.MapPost("/login", () => "").RequireThrottle("login"),
            services => services.AddSingleton<IRules>(rules).AddLogging(logging => logging.AddProvider(log)),
            new WrappedThrottle(local));

        Assert.StartsWith("Endpoint 'HTTP: POST /login': There is no rule 'login';", Assert.Single(log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThrottleElsewhere_WhoseRulesNobodyKnows_Starts()
    {
        await using var local = new LocalThrottle(Rules);

        await using var app = await StartAsync(routes => routes.MapGet("/", () => "").RequireThrottle("login"), throttle: new WrappedThrottle(local));

        using var client = app.GetTestClient();
        await Assert.ThrowsAsync<UnknownRuleException>(() => client.GetAsync("/"));
    }

    private static async Task<WebApplication> StartAsync(
        Action<IEndpointRouteBuilder> map, Action<IServiceCollection>? add = null, IThrottle? throttle = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddRouting().AddThrottleMiddleware();
        builder.Services.AddSingleton<IThrottle>(_ => throttle ?? new LocalThrottle(Rules));
        add?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseThrottle();
        map(app);
        try
        {
            await app.StartAsync();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Rules as a client of a cluster has them: not known until they arrive.</summary>
    private sealed class FollowedRules : IRules
    {
        private RuleSet? _current;

        public event Action<RuleSet>? Changed;

        public RuleSet Current => _current ?? throw new InvalidOperationException("The rules are not known yet.");

        public void Arrive(Rule[] rules)
        {
            _current = new RuleSet(rules, (_current?.Version ?? 0) + 1);
            Changed?.Invoke(_current);
        }

        public ValueTask<RuleSet> ReplaceAsync(IReadOnlyList<Rule> rules, long? expectedVersion = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }

    /// <summary>Keeps warnings.</summary>
    private sealed class WarningLog : ILoggerProvider, ILogger
    {
        public List<string> Warnings { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
            {
                Warnings.Add(formatter(state, exception));
            }
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}
