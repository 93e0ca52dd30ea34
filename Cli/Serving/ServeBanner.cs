using System.Globalization;
using Spectre.Console;
using Throttle.Api.Envoy;
using Throttle.Api.Hosting;
using Throttle.Api.RuleFiles;
using Throttle.Core.Rules;

namespace Throttle.Cli.Serving;

/// <summary>What a node prints when it has started.</summary>
internal static class ServeBanner
{
    private const int MostRules = 30;

    /// <summary>Prints it. Lines to be copied are never broken, however narrow the terminal.</summary>
    public static void Show(Terminal terminal, ThrottleNode node, NodeOptions options)
    {
        var console = terminal.OutputConsole;
        ShowAddresses(console, node);
        terminal.Output.WriteLine(options.RulesPath is { } path
            ? $"Rules of {path}, {(node.Rules is RuleFile { Path: null } ? "read once, since it is a pipe" : "watched")}:"
            : "Sample rules, in memory (name your own with --rules FILE):");
        var rules = node.Rules.Current;
        ShowRules(terminal, rules);
        ShowPeers(terminal, options, rules);
        var reachable = NodeAddresses.Reachable(node.Addresses);
        terminal.Output.WriteLine("Try it:");
        terminal.Output.WriteLine($"  curl -i {reachable}/v1/acquire -d '{SampleRequest.For(rules)}'");
        if (node.RedisEndPoint is { } redis)
        {
            terminal.Output.WriteLine($"  {NodeAddresses.RedisCli(redis)} CL.THROTTLE user123 15 30 60");
        }

        ShowEnvoy(terminal, node, options, reachable);
        ShowClock(terminal, node, reachable);
        if (node.IsAdminTokenGenerated)
        {
            terminal.Output.WriteLine($"Admin token, for edits and resets: {node.AdminToken}");
        }
    }

    private static void ShowRules(Terminal terminal, RuleSet rules)
    {
        if (rules.Rules.IsEmpty)
        {
            terminal.Output.WriteLine("No rules: everything is allowed.");
        }
        else
        {
            terminal.OutputConsole.Write(RuleTable.Create([.. rules.Rules.Take(MostRules)]));
            if (rules.Rules.Length > MostRules)
            {
                terminal.Output.WriteLine(
                    $"  … and {Tables.Number(rules.Rules.Length - MostRules)} more; 'throttle rules show' lists them all.");
            }
        }

        if (RuleText.ForgottenAtRestart(rules) is { } warning)
        {
            terminal.Output.WriteLine(warning);
        }
    }

    private static void ShowAddresses(IAnsiConsole console, ThrottleNode node)
    {
        foreach (var address in node.Addresses)
        {
            console.MarkupLine($"[bold]throttle[/] listens on [bold]{Markup.Escape(address)}[/]");
        }

        if (node.RedisEndPoint is { } redis)
        {
            console.MarkupLine($"[bold]throttle[/] speaks the Redis protocol on [bold]{Markup.Escape($"{redis}")}[/]");
        }
    }

    private static void ShowPeers(Terminal terminal, NodeOptions options, RuleSet rules)
    {
        var shared = rules.Rules.Count(rule => rule.Replicate);
        if (options.Replication is { } replication)
        {
            terminal.Output.WriteLine(
                $"Region {replication.Region} shares the buckets of {Tables.Count(shared, "rule")} with {string.Join(' ', replication.Peers)}");
        }
        else if (shared > 0)
        {
            terminal.Output.WriteLine(
                $"{Tables.Count(shared, "rule")} with 'replicate: true', shared with nobody: name other nodes with --region, --peers and --peer-token.");
        }
    }

    private static void ShowEnvoy(Terminal terminal, ThrottleNode node, NodeOptions options, string address)
    {
        if (node.Envoy is { } config)
        {
            terminal.Output.WriteLine(
                $"Envoy's ratelimit service, by {options.Envoy!.ConfigPath}, watched: {Tables.Count(config.DomainCount, "domain")}, {Tables.Count(config.LimitCount, "limit")}.");
            terminal.Output.WriteLine($"  curl -i {address}/json -d '{EnvoySample.For(config)}'");
        }
    }

    private static void ShowClock(Terminal terminal, ThrottleNode node, string address)
    {
        if (node.VirtualClock is { } clock)
        {
            var now = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
            terminal.OutputConsole.MarkupLine($"[yellow]The clock is virtual[/]: it stands at {now} until moved:");
            var token = node.AdminToken is null ? "" : " -H 'Authorization: Bearer TOKEN'";
            terminal.Output.WriteLine($"  curl{token} {address}/v1/clock -d '{{\"advance\":\"1.5s\"}}'");
        }
    }
}
