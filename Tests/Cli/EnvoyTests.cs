using System.Net;
using System.Text.RegularExpressions;
using Throttle.Api.Hosting;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cli;

public sealed partial class EnvoyTests : IDisposable
{
    private static readonly string Sample = Path.Combine(Repository.Root, "samples", "envoy.yaml");

    private readonly TempFolder _folder = new();
    private readonly HttpClient _http = new();

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Readme_CommandsWithTheSample_PrintWhatItShows()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        var shown = Example().Match(readme);
        Assert.True(shown.Success, "README's example of Envoy's ratelimit service is not found.");
        await using var node = await ThrottleNode.StartAsync(new NodeOptions
        {
            Urls = ["http://127.0.0.1:0"],
            VirtualClockStart = DateTimeOffset.UnixEpoch,
            Envoy = new() { ConfigPath = Sample },
        });
        using var response = await _http.PostAsync(new Uri(new Uri(node.Addresses[0]), "/json"), new StringContent(shown.Groups["body"].Value));
        Assert.Equal(shown.Groups["answer"].Value, await response.Content.ReadAsStringAsync());

        var output = _folder.PathOf("rules.yaml");
        var run = await CommandRun.RunAsync("rules", "import", "--envoy", Sample, "-o", output);
        Assert.Equal((2, "", shown.Groups["notes"].Value), (run.ExitCode, run.Output, run.Error));
        Assert.Equal($"'{output}' is good: 3 rules.\n", (await CommandRun.RunAsync("rules", "validate", output)).Output);
    }

    [UnixFact]
    public async Task Serve_WithTheSample_SaysHowToAsk()
    {
        await using var node = ThrottleProcess.Start("serve", "--urls", "http://127.0.0.1:0", "--envoy-config", Sample, "--virtual-clock");
        var banner = await node.WaitForOutputAsync("advance");
        Assert.Contains($"Envoy's ratelimit service, by {Sample}, watched: 1 domain, 4 limits.\n", banner, StringComparison.Ordinal);
        var curl = Curl().Match(banner);
        using var response = await _http.PostAsync(new Uri(curl.Groups["url"].Value), new StringContent(curl.Groups["body"].Value));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\"limitRemaining\":9", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        node.Terminate();
        Assert.Equal((0, ""), (await node.WaitForExitAsync(), node.Error));
    }

    [Fact]
    public async Task Import_AllOfIt_IsSuccess()
    {
        var file = _folder.Write("a.yaml", "domain: d\ndescriptors: [{ key: k, rate_limit: { unit: day, requests_per_unit: 5 } }, { key: u, rate_limit: { unlimited: true } }]\n");
        var run = await CommandRun.RunAsync("rules", "import", "--envoy", file);
        Assert.Equal(
            (0, "version: 1\nrules:\n  - id: d-k\n    match:\n      domain: d\n    key: [k]\n    limit: { algorithm: fixed-window, limit: 5, window: 1d }\n", "1 rule of 2 limits (1 unlimited, which need none): 0 left out, 0 differences.\n"),
            (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Import_FaultsAndMissingFiles_AreErrorsThatNameThem()
    {
        var file = _folder.Write("a.yaml", "descriptors: [{ key: k, rate_limit: { unit: foo } }]\n");
        Assert.Equal(
            new CommandRun(1, "", $"throttle: '{file}' has 2 faults:\n  a.yaml:1: config file cannot have empty domain\n  a.yaml:1: invalid rate limit unit 'foo'\n"),
            await CommandRun.RunAsync("rules", "import", "--envoy", file));
        var none = _folder.PathOf("none");
        Assert.Equal(
            new CommandRun(1, "", $"throttle: The configuration file '{none}' cannot be read: it is not there.\n"),
            await CommandRun.RunAsync("rules", "import", "--envoy", none));
        var run = await CommandRun.RunAsync("rules", "import", "--envoy", Sample, "-o", Path.Combine(none, "rules.yaml"));
        Assert.Equal((1, $"throttle: The folder of '{Path.Combine(none, "rules.yaml")}' does not exist.\n"), (run.ExitCode, run.Error));
        Assert.Equal(1, (await CommandRun.RunAsync("rules", "import")).ExitCode);
    }

    [Theory]
    [InlineData("--envoy-shadow")]
    [InlineData("--envoy-headers")]
    public async Task Serve_FlagWithoutAConfiguration_IsAnError(string flag)
    {
        var run = await CommandRun.RunAsync("serve", flag);
        Assert.Equal(new CommandRun(1, "", $"throttle: {flag} goes with --envoy-config, which is missing. See 'throttle serve --help'.\n"), run);
    }

    [GeneratedRegex(@"\$ throttle serve --envoy-config samples/envoy\.yaml\n\$ curl -s \S+/json -d '(?<body>[^']*)'\n(?<answer>.*)\n\$ throttle rules import --envoy samples/envoy\.yaml -o rules\.yaml\n(?<notes>(.*\n)+?)```", RegexOptions.ExplicitCapture)]
    private static partial Regex Example();

    [GeneratedRegex("curl -i (?<url>\\S+/json) -d '(?<body>[^']*)'", RegexOptions.ExplicitCapture)]
    private static partial Regex Curl();
}
