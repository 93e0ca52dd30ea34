using System.Globalization;
using Spectre.Console;
using Throttle.Api.Hosting;

namespace Throttle.Cli.Serving;

/// <summary>What a node prints when it has started.</summary>
internal static class ServeBanner
{
    /// <summary>Prints it.</summary>
    public static void Show(IAnsiConsole console, ThrottleNode node, NodeOptions options)
    {
        foreach (var address in node.Addresses)
        {
            console.MarkupLine($"[bold]throttle[/] listens on [bold]{Markup.Escape(address)}[/]");
        }

        console.Write(Line(options.RulesPath is { } path
            ? $"Rules of {path}, watched:"
            : "Sample rules, in memory (name your own with --rules FILE):"));
        var rules = node.Rules.Current;
        if (rules.Rules.IsEmpty)
        {
            console.Write(Line("No rules: everything is allowed."));
        }
        else
        {
            console.Write(RuleTable.Create(rules.Rules));
        }

        var address1 = Reachable(node.Addresses);
        console.Write(Line("Try it:"));
        console.Write(Line($"  curl -i {address1}/v1/acquire -d '{SampleRequest.For(rules)}'"));
        ShowClock(console, node, address1);
        ShowToken(console, node);
    }

    private static void ShowClock(IAnsiConsole console, ThrottleNode node, string address)
    {
        if (node.VirtualClock is { } clock)
        {
            var now = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
            console.MarkupLine($"[yellow]The clock is virtual[/]: it stands at {now} until it is moved:");
            var token = node.AdminToken is null ? "" : " -H 'Authorization: Bearer TOKEN'";
            console.Write(Line($"  curl{token} {address}/v1/clock -d '{{\"advance\":\"1.5s\"}}'"));
        }
    }

    private static void ShowToken(IAnsiConsole console, ThrottleNode node)
    {
        if (node.IsAdminTokenGenerated)
        {
            console.Write(Line($"Admin token, for edits and resets: {node.AdminToken}"));
        }
    }

    /// <summary>An address that a curl on this machine can use.</summary>
    private static string Reachable(IReadOnlyList<string> addresses)
    {
        if (addresses.Count == 0)
        {
            return CommonOptions.DefaultServer;
        }

        return addresses[0].TrimEnd('/')
            .Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//[::]", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//*", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//+", "//127.0.0.1", StringComparison.Ordinal);
    }

    private static Text Line(string text) => new(text + "\n");
}
