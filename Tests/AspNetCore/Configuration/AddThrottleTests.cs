using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Throttle.AspNetCore.Configuration;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Tests.AspNetCore.Configuration;

/// <summary>Rules and options out of an application's configuration.</summary>
public sealed class AddThrottleTests
{
    private const string Good = """
        { "Throttle": {
          "Unmatched": "refuse",
          "MaxBuckets": 1000,
          "Rules": [
            { "id": "per-user", "match": { "path": "/api/**", "method": ["GET", "POST"] }, "key": ["user", "ip/64"], "replicate": true,
              "limit": { "algorithm": "token-bucket", "capacity": 20, "refill": "10/s" } },
            { "id": "level", "limit": { "algorithm": "leaky-bucket", "capacity": 9, "leak": "1/s", "adaptive": { "settable": true, "min-factor": 0.5 } } } ] } }
        """;

    [Fact]
    public async Task Rules_OfJson_AreRead()
    {
        await using var services = Build(Json(Good));

        // A configuration knows its keys in the order of the alphabet.
        Rule[] rules =
        [
            LimitBy.TokenBucket("per-user", 20, "10/s", "user", "ip/64") with
            {
                Match = [new Condition("method", ["GET", "POST"]), new Condition("path", "/api/**")],
                Replicate = true,
            },
            LimitBy.LeakyBucket("level", 9, "1/s") with
            {
                Limit = new LeakyBucketSpec(9, Rate.Parse("1/s"), new() { IsSettable = true, MinFactor = Factor.Parse("0.5") }),
            },
        ];
        Assert.Equal(rules, services.GetRequiredService<IRules>().Current.Rules.AsEnumerable());
        var throttle = services.GetRequiredService<IThrottle>();
        Assert.Equal(19, (await throttle.AcquireAsync(new ThrottleRequest([("user", "1"), ("ip", "192.0.2.1")]) { Rule = "per-user" })).Remaining);
    }

    [Fact]
    public void Rules_OfTheEnvironment_AreRead()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Throttle:Rules:0:id"] = "a",
            ["Throttle:Rules:0:limit:algorithm"] = "gcra",
            ["Throttle:Rules:0:limit:rate"] = "5/s",
            ["Throttle:Rules:0:limit:burst"] = "7",
        }).Build();
        using var services = Build(configuration);

        Assert.Equal([LimitBy.Gcra("a", "5/s", 7)], services.GetRequiredService<IRules>().Current.Rules.AsEnumerable());
    }

    [Fact]
    public void Faults_AreListedTogether_WithTheirKeys()
    {
        var thrown = Assert.Throws<InvalidRulesException>(() => Build(Json("""
            { "Throttle": { "Unmatchd": 1, "Unmatched": "no", "MaxBuckets": 0,
              "Rules": [ { "id": "a", "limit": { "algorithm": "gcra", "rate": "5/s", "burst": 0 } },
                         { "id": "b", "mod": "off", "limit": { "algorithm": "token-buckt" } },
                         { "id": "c", "limit": { "algorithm": "token-bucket", "bandwidths": [ { "capacity": 1, "refill": "1/s" }, { "capacity": 0, "refill": "x" } ] } } ] } }
            """)));

        Assert.Equal(
            [
                "Throttle:MaxBuckets", "Throttle:Rules:0:limit:burst", "Throttle:Rules:1:limit:algorithm", "Throttle:Rules:1:mod",
                "Throttle:Rules:2:limit:bandwidths:1:capacity", "Throttle:Rules:2:limit:bandwidths:1:refill", "Throttle:Unmatchd", "Throttle:Unmatched",
            ],
            thrown.Faults.Select(fault => fault.Path).Order(StringComparer.Ordinal));
        Assert.Contains("Did you mean 'token-bucket'?", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'Unmatched'?", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_None_IsAFault() =>
        Assert.Equal("Throttle:Rules", Assert.Single(Assert.Throws<InvalidRulesException>(() => Build(Json("{}"))).Faults).Path);

    [Fact]
    public void Reload_GoodRules_AreInForce_AndFaultyOnesChangeNothing()
    {
        var log = new ListLog();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Throttle:Rules:0:id"] = "a",
            ["Throttle:Rules:0:limit:algorithm"] = "gcra",
            ["Throttle:Rules:0:limit:rate"] = "5/s",
            ["Throttle:Rules:0:limit:burst"] = "7",
        }).Build();
        using var services = Build(configuration, log);
        var rules = services.GetRequiredService<IRules>();

        configuration["Throttle:Rules:0:limit:burst"] = "9";
        configuration.Reload();
        Assert.Equal((2L, LimitBy.Gcra("a", "5/s", 9)), (rules.Current.Version, rules.Current.Rules.Single()));
        configuration["Throttle:Rules:0:limit:burst"] = "0";
        configuration.Reload();

        Assert.Equal((2L, LimitBy.Gcra("a", "5/s", 9)), (rules.Current.Version, rules.Current.Rules.Single()));
        Assert.Contains(log.Lines, line => line.Contains("version 2 of the rules stays in force", StringComparison.Ordinal) && line.Contains("burst is 0", StringComparison.Ordinal));
    }

    private static IConfigurationRoot Json(string text) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(text))).Build();

    private static ServiceProvider Build(IConfiguration configuration, ListLog? log = null) => new ServiceCollection()
        .AddLogging(logging => logging.AddProvider(log ?? new ListLog()))
        .AddThrottle(configuration.GetSection("Throttle"))
        .BuildServiceProvider();

    private sealed class ListLog : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
