using System.Net;
using System.Net.Sockets;
using Throttle.Silo;
using Throttle.Silo.Settings;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Cluster.Silo;

/// <summary>What the command line says, and what it says when nothing can be started.</summary>
[Collection(SiloCollection.Name)]
public sealed class SiloCommandTests
{
    [Fact]
    public async Task Help_OfTheCommand_HasEverySettingWithItsKey()
    {
        var (code, output, _) = await RunAsync("--help");
        Assert.Equal(0, code);
        Assert.All(SettingList.All, setting =>
        {
            Assert.Contains(setting.Option, output, StringComparison.Ordinal);
            Assert.Contains($"({setting.Key})", output, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("--silo-prt", "1")]
    [InlineData("--max-buckets", "1")]
    [InlineData("serve")]
    [InlineData("--silo-port")]
    [InlineData("--silo-port", "1", "2")]
    public async Task Arguments_NotKnown_AreAnErrorInOneLine(params string[] args) =>
        await FailsAsync("See --help.", args);

    [Theory]
    [InlineData("Cluster:SiloPort (--silo-port) is '0'; use a whole number from 1 to 65535.", "--silo-port", "0")]
    [InlineData("Dashboard (--dashboard) is 'maybe'; use true or false.", "--dashboard", "maybe")]
    [InlineData("urls has 'nowhere'; use an address such as http://127.0.0.1:8080.", "--urls", "nowhere")]
    [InlineData("The admin token has", "--admin-token", "two words")]
    [InlineData("a virtual clock is for one silo alone", "--virtual-clock", "--primary", "127.0.0.1:11111")]
    [InlineData("The rule file '/no/such/rules.yaml'", "--rules", "/no/such/rules.yaml")]
    public async Task Settings_Faulty_AreAnErrorInOneLine(string text, params string[] args) => await FailsAsync(text, args);

    [Theory]
    [InlineData("--silo-port")]
    [InlineData("--gateway-port")]
    [InlineData("--urls")]
    [InlineData("--redis-port")]
    public async Task Port_InUse_IsAnErrorInOneLineThatNamesTheOption(string option)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var value = option == "--urls" ? $"http://127.0.0.1:{port}" : FormattableString.Invariant($"{port}");
        var urls = option == "--urls" ? Array.Empty<string>() : ["--urls", "http://127.0.0.1:0"];
        var redis = option == "--redis-port" ? Array.Empty<string>() : ["--redis-port", "0"];
        var others = new[] { "--silo-port", "--gateway-port" }.Where(o => o != option)
            .SelectMany(o => new[] { o, FormattableString.Invariant($"{FreePorts.Take()}") });

        await FailsAsync($"Cannot listen on 127.0.0.1:{port}: it is in use. Choose another with {option}.", [option, value, .. urls, .. redis, .. others]);
    }

    [Fact]
    public async Task Primary_NotThere_IsWaitedForAndThenAnError()
    {
        var primary = $"127.0.0.1:{FreePorts.Take()}";
        var (code, output, error) = await RunAsync(
            "--primary", primary, "--join-timeout", "1s", "--urls", "http://127.0.0.1:0", "--redis-port", "0",
            "--silo-port", $"{FreePorts.Take()}", "--gateway-port", $"{FreePorts.Take()}");
        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.Contains($"Waiting for the primary silo at {primary}.", error, StringComparison.Ordinal);
        Assert.Contains($"silo: No silo answers at {primary} within 1s;", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redis_NotThere_IsAnErrorWithoutItsPassword()
    {
        var (code, _, error) = await RunAsync(
            "--redis", $"127.0.0.1:{FreePorts.Take()},password=secret,connectTimeout=200,connectRetry=0", "--advertised-address", "127.0.0.1",
            "--urls", "http://127.0.0.1:0", "--redis-port", "0", "--silo-port", $"{FreePorts.Take()}", "--gateway-port", $"{FreePorts.Take()}");
        Assert.Equal(1, code);
        Assert.Contains("silo: Redis at 127.0.0.1:", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static async Task FailsAsync(string text, params string[] args)
    {
        var (code, output, error) = await RunAsync(args);
        Assert.Equal(1, code);
        Assert.Equal("", output);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("silo: ", line, StringComparison.Ordinal);
        Assert.Contains(text, line, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());

        // A silo that starts against all expectation does not end by itself.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System);
        var code = await SiloCommand.RunAsync(args, output, error, patience.Token);
        return (code, output.ToString(), error.ToString());
    }
}
