using System.Globalization;
using System.Text.RegularExpressions;
using Throttle.Api.Hosting;

namespace Throttle.Tests.Cli.Simulating;

public sealed partial class PermitsTests : IDisposable
{
    private const string Rules = """
        version: 1
        rules:
          - id: permits
            match: { simulate: permits }
            key: [api]
            limit: { algorithm: spacing, interval: 200ms, reservations: 2, grace: 200ms }
          - id: rate
            key: [user]
            limit: { algorithm: token-bucket, capacity: 2, refill: 1/s }
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Permits_OfTheSeed_RunOneAnInterval()
    {
        var run = await SimulateAsync("--workers", "7", "--min-interval", "3s", "--max-permits", "2", "--duration", "30s");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(10, Ran(run).Count);
        Assert.EndsWith(
            "smallest gap between two requests: 3 s; the interval is 3s", run.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.Matches(@"\n10 requests in 30 s; \d+ times no permit, 0 expired, 2 returned\r?\n", run.Output);
        Assert.Matches(@"^    0\.00\d\d  worker-\d +permit +now\r?\n", run.Output);
    }

    /// <summary>Seed 003, case 11: fifty workers, 100 ms, five ahead, five seconds.</summary>
    [Fact]
    public async Task Permits_FiftyWorkers_AreApartAndSomeAreRefused()
    {
        var run = await SimulateAsync("--workers", "50", "--min-interval", "100ms", "--max-permits", "5", "--duration", "5s");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(50, Ran(run).Count);
        Assert.All(Gaps(run), gap => Assert.True(gap >= 0.1m, $"a gap of {gap} s"));
        Assert.Contains("  none  ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Permits_WorkersOversleep_StayApartAndSomeExpire(int seed)
    {
        var run = await SimulateAsync(
            "--workers", "7", "--late", "500ms", "--duration", "10m", "--seed", seed.ToString(CultureInfo.InvariantCulture));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.All(Gaps(run), gap => Assert.True(gap >= 3m, $"a gap of {gap} s"));
        Assert.Contains("  expired       it came too late", run.Output, StringComparison.Ordinal);
        Assert.Contains("the call before was late", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Permits_SameSeed_PrintTheSameAndAnotherSeedDoesNot()
    {
        var first = await SimulateAsync("--late", "1s", "--seed", "7");

        Assert.Equal(first.Output, (await SimulateAsync("--late", "1s", "--seed", "7")).Output);
        Assert.NotEqual(first.Output, (await SimulateAsync("--late", "1s", "--seed", "8")).Output);
    }

    [Fact]
    public async Task Permits_SoManyRequests_AreMadeAndNoMore()
    {
        var run = await SimulateAsync("--requests", "4", "--max-permits", "0");

        Assert.Equal(4, Ran(run).Count);
        Assert.Contains("\n4 requests in ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Permits_OnANode_AreApartInRealTime()
    {
        await using var node = await StartAsync();

        var run = await CommandRun.RunAsync(
            "simulate", "permits", "--server", node.Addresses[0], "--requests", "3", "simulate=permits", "api=x");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(3, Ran(run).Count);
        Assert.Matches(@"smallest gap between two requests: \d+\.\d+ s; the interval is 200ms", run.Output);
    }

    [Theory]
    [InlineData("no rule 'none'; name a spacing rule that it has with --rule, or add this to its rules:", "--rule", "none")]
    [InlineData("Rule 'rate' is of the kind token-bucket; name one of the kind spacing with --rule.", "--rule", "rate")]
    [InlineData("Rule 'permits' does not match these calls; give attributes that do, as name=value: it looks at simulate, api.", "api=x")]
    public async Task Permits_NodeCannotGiveThem_SaysWhatToDo(string message, params string[] args)
    {
        await using var node = await StartAsync();

        var run = await CommandRun.RunAsync(["simulate", "permits", "--server", node.Addresses[0], .. args]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--workers is '0'; use a whole number from 1 to 10000.", "--workers", "0")]
    [InlineData("--min-interval is '1ns'; use 1us to 400d, such as 250ms or 3s.", "--min-interval", "1ns")]
    [InlineData("--max-permits is '10001'; use a whole number from 0 to 10000.", "--max-permits", "10001")]
    [InlineData("--grace is 4s; use 0s to the interval, 3s.", "--grace", "4s")]
    [InlineData("--rule goes with --server: without a node there is one rule.", "--rule", "x")]
    [InlineData("'user=42' goes with --server: without a node there is one bucket.", "user=42")]
    [InlineData("--server and --virtual cannot be combined; use one of them.", "--server", "http://127.0.0.1:1", "--virtual")]
    [InlineData("--grace and --server cannot be combined: the node's rule says it.", "--server", "http://127.0.0.1:1", "--grace", "1s")]
    public async Task Permits_BadOption_SaysWhatIsAllowed(string message, params string[] args)
    {
        var run = await CommandRun.RunAsync(["simulate", "permits", .. args]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    private static Task<CommandRun> SimulateAsync(params string[] args) => CommandRun.RunAsync(["simulate", "permits", "--virtual", .. args]);

    /// <summary>A node whose time passes.</summary>
    private Task<ThrottleNode> StartAsync() => ThrottleNode.StartAsync(new NodeOptions
    {
        RulesPath = _folder.Write("rules.yaml", Rules),
        Urls = ["http://127.0.0.1:0"],
    });

    private static List<decimal> Ran(CommandRun run) =>
        [.. Request().Matches(run.Output).Select(m => decimal.Parse(m.Groups["at"].Value, CultureInfo.InvariantCulture))];

    // Times are printed to a tenth of a millisecond, and the gaps by themselves.
    private static List<decimal> Gaps(CommandRun run) =>
        [.. Gap().Matches(run.Output).Select(m => decimal.Parse(m.Groups["gap"].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"^ +(?<at>[0-9.]+)  worker-\d+ +fake_request", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Request();

    [GeneratedRegex("fake_request +(?<gap>[0-9.]+) s after the last", RegexOptions.ExplicitCapture)]
    private static partial Regex Gap();
}
