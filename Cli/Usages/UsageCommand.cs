using System.CommandLine;

namespace Throttle.Cli.Usages;

/// <summary><c>throttle usage</c></summary>
internal static class UsageCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create(Terminal terminal)
    {
        var rule = new Argument<string?>("RULE") { Description = "Only this rule.", Arity = ArgumentArity.ZeroOrOne };
        var server = CommonOptions.Server();
        var token = CommonOptions.AdminToken("The token that the node wants from those who read what was decided.");
        var nodes = new Option<bool>("--by-node") { Description = "A row for each node of a cluster, too." };
        var json = CommonOptions.Json("Write the node's answer as it is.");
        var command = new Command("usage", "Show what a node, or its cluster, has decided: totals by rule.") { rule, server, token, nodes, json };
        CommonOptions.RejectBoth(command, nodes, json);
        command.SetAction((result, cancellationToken) => UsageAction.RunAsync(
            terminal,
            result.GetValue(rule),
            result.GetValue(server),
            result.GetValue(token),
            result.GetValue(json) ? UsageForm.Json : result.GetValue(nodes) ? UsageForm.ByNode : UsageForm.Table,
            cancellationToken));
        return command;
    }
}
