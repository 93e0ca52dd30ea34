using System.CommandLine;
using Throttle.Core;
using Throttle.Core.Limiters;

namespace Throttle.Cli.Checking;

/// <summary><c>throttle check</c></summary>
internal static class CheckCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create(Terminal terminal)
    {
        var attributes = new Argument<Attributes>("attributes")
        {
            Description = "What is known of the request, as name=value: user=42 path=/api/x.",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = AttributeArguments.Parse,
        };
        var rules = CommonOptions.Rules("Explain with the rules of this file which match and why, without a node; - is standard input.");
        var server = CommonOptions.Server();
        var cost = CommonOptions.Number("--cost", 0, Limits.MaxPermits, 1, "Permits to ask for. 0 only looks.", "-n");
        var json = CommonOptions.Json("Write the answer as JSON.");
        var command = new Command(
            "check",
            "Ask a node, and take permits; or explain with --rules. Exit code 0: allowed, 2: refused, 1: error.")
        {
            attributes, rules, server, cost, json,
        };
        CommonOptions.RejectBoth(command, rules, server);
        command.SetAction((result, cancellationToken) =>
        {
            var request = new ThrottleRequest(result.GetValue(attributes), result.GetValue(cost) ?? 1);
            return result.GetValue(rules) is { } file
                ? OfflineCheck.RunAsync(terminal, file, request, result.GetValue(json), cancellationToken)
                : NodeCheck.RunAsync(terminal, result.GetValue(server), request, result.GetValue(json), cancellationToken);
        });
        return command;
    }
}
