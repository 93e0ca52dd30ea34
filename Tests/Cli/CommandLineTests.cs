namespace Throttle.Tests.Cli;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("chek", "'chek' is no command; use serve, check, rules, replay, usage, pipe, simulate. See 'throttle --help'.")]
    [InlineData("rules frob", "'frob' is no command; use validate, show, apply, diff, import, fields, schema. See 'throttle rules --help'.")]
    [InlineData("check user", "'user' is no attribute; write name=value, such as user=42. See 'throttle check --help'.")]
    [InlineData("check =42", "'=42' is no attribute; write name=value, such as user=42. See 'throttle check --help'.")]
    [InlineData("check a=1 a=2", "The attribute 'a' is given twice; give it once. See 'throttle check --help'.")]
    [InlineData("check a=1 --cost x", "--cost is 'x'; use a whole number from 0 to 9007199254740992. See 'throttle check --help'.")]
    [InlineData("check --cost -1", "--cost is '-1'; use a whole number from 0 to 9007199254740992. See 'throttle check --help'.")]
    [InlineData("check --cost 9007199254740993", "--cost is '9007199254740993'; use a whole number from 0 to 9007199254740992. See 'throttle check --help'.")]
    [InlineData("check --rules a --server http://b", "--rules and --server cannot be combined; use one of them. See 'throttle check --help'.")]
    [InlineData("rules show --json --yaml", "--json and --yaml cannot be combined; use one of them. See 'throttle rules show --help'.")]
    [InlineData("rules diff a b --server http://c", "FILE2 and --server cannot be combined; use one of them. See 'throttle rules diff --help'.")]
    [InlineData("rules apply a --if-version -1", "--if-version is '-1'; use a whole number from 0 to 9223372036854775807. See 'throttle rules apply --help'.")]
    [InlineData("replay x", "Option '--rules' is required. See 'throttle replay --help'.")]
    [InlineData("replay x --rules a --speed 0", "--speed is '0'; use max, or a factor from 0.000001x to 1000000000x. See 'throttle replay --help'.")]
    [InlineData("replay x --rules a --speed fast", "--speed is 'fast'; use max, or a factor from 0.000001x to 1000000000x. See 'throttle replay --help'.")]
    [InlineData("replay x --rules a --format xml", "--format is 'xml'; use auto, combined, vhost-combined, alb, cloudflare, nginx-json, jsonl, or a pattern such as '$remote_addr [$time_local] \"$request\" $status'. See 'throttle replay --help'.")]
    [InlineData("replay x --rules a --top -1", "--top is '-1'; use a whole number from 0 to 10000. See 'throttle replay --help'.")]
    [InlineData("replay - --rules -", "Rules and recording cannot both come from standard input; name a file for one of them.")]
    [InlineData("replay x --rules /no/such/rules.yaml", "The folder of '/no/such/rules.yaml' does not exist.")]
    [InlineData("rules validate /no/such/rules.yaml", "The folder of '/no/such/rules.yaml' does not exist.")]
    [InlineData("check --rules /no/such/rules.yaml", "The folder of '/no/such/rules.yaml' does not exist.")]
    [InlineData("check --server example.org", "--server is 'example.org'; use a URL such as http://127.0.0.1:8080.")]
    [InlineData("serve --max-buckets 0", "--max-buckets is '0'; use a whole number from 1 to 9223372036854775807. See 'throttle serve --help'.")]
    [InlineData("serve --trusted-proxies 10.0.0.0/33", "--trusted-proxies: '10.0.0.0/33' is no trusted proxy; use addresses and networks such as 192.168.1.7, 10.0.0.0/8 or fd00::/8, or none. See 'throttle serve --help'.")]
    [InlineData("serve --region eu", "--region, --peers and --peer-token go together; --peers and --peer-token are missing. See 'throttle serve --help'.")]
    [InlineData("serve --region eu --peers http://x,http://y", "--region, --peers and --peer-token go together; --peer-token is missing. See 'throttle serve --help'.")]
    [InlineData("serve --region EU --peers http://x,y --peer-token t", "Replication: the region is 'EU'; use 1 to 100 of the characters a-z, 0-9 and -. a peer is 'y'; use an address such as https://us.example.com.")]
    [InlineData("serve --redis-port 65536", "--redis-port is '65536'; use a port from 1 to 65535, an address with one such as 0.0.0.0:6380, or 0 for none. See 'throttle serve --help'.")]
    [InlineData("serve --virtual-clock soon", "--virtual-clock is 'soon'; use an ISO time such as 2026-01-01T00:00:00Z, or seconds since 1970, in the years 1 to 9999. See 'throttle serve --help'.")]
    [InlineData("pipe", "Option '--rate' is required. See 'throttle pipe --help'.")]
    [InlineData("pipe --rate 10mb", "--rate is '10mb': '10mb' is not a size; write whole bytes as a number with a unit (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB), such as 64KiB or 1.5MB. See 'throttle pipe --help'.")]
    [InlineData("pipe --rate 0B/s", "--rate is '0B/s': '0B/s' has a bad size: '0B' is out of range; use 1B to 8192TiB. See 'throttle pipe --help'.")]
    [InlineData("pipe --rate 1KiB/401d", "--rate is '1KiB/401d': '1KiB/401d' has a bad period: '401d' is out of range; use 1us to 400d. See 'throttle pipe --help'.")]
    [InlineData("pipe --rate 1KiB --burst 0", "--burst is '0': '0' is out of range; use 1B to 8192TiB. See 'throttle pipe --help'.")]
    public async Task Run_BadCommandLine_IsOneLineAndExitCode1(string args, string expected)
    {
        var run = await CommandRun.RunAsync(args.Split(' '));

        Assert.Equal((1, "", $"throttle: {expected}\n"), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("", "serve check rules replay pipe")]
    [InlineData("pipe", "--rate --burst --quiet")]
    [InlineData("serve", "--rules --urls --redis-port --admin-token --virtual-clock --max-buckets")]
    [InlineData("check", "--rules --server --cost --json")]
    [InlineData("rules", "validate show apply diff")]
    [InlineData("rules show", "--rules --server --admin-token --admin-token-file --json --yaml")]
    [InlineData("rules apply", "--server --admin-token --admin-token-file --if-version")]
    [InlineData("rules diff", "--server --admin-token --admin-token-file")]
    [InlineData("replay", "--rules --out --speed --format --top --strict INPUT")]
    public async Task Help_OfEachCommand_NamesItsOptions(string command, string names)
    {
        var run = await CommandRun.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.All(names.Split(' '), name => Assert.Contains(name, run.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("rules")]
    public async Task Run_CommandMissing_ShowsHelpAsAnError(string command)
    {
        var run = await CommandRun.RunAsync(command.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("Commands:", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_IsThatOfTheAssembly()
    {
        var run = await CommandRun.RunAsync("--version");

        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith(
            $"throttle {typeof(Throttle.Cli.Terminal).Assembly.GetName().Version!.ToString(3)}", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("replay")]
    [InlineData("rules apply")]
    [InlineData("usage")]
    public async Task Help_OfACommand_ShowsNoTypesText(string command)
    {
        var run = await CommandRun.RunAsync([.. command.Split(' '), "--help"]);

        Assert.Equal(0, run.ExitCode);
        Assert.DoesNotContain(" { ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", run.Output, StringComparison.Ordinal);
    }
}
