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
        var nodes = new Option<bool>("--by-node") { Description = "A row for each node of a cluster, too." };
        var json = CommonOptions.Json("Write the node's answer as it is.");
        var command = new Command("usage", "Show what a node, or its cluster, has decided: totals by rule.") { rule, server, nodes, json };
        var token = new TokenArguments("The token of a node that shows its usage only to those who have it.");
        token.AddTo(command);
        CommonOptions.RejectBoth(command, nodes, json);
        command.SetAction((result, cancellationToken) => UsageAction.RunAsync(
            terminal,
            result.GetValue(rule),
            result.GetValue(server),
            token.Read(result, terminal),
            result.GetValue(json) ? UsageForm.Json : result.GetValue(nodes) ? UsageForm.ByNode : UsageForm.Table,
            cancellationToken));
        return command;
    }
}
