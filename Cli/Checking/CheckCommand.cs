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
        var cost = new Option<long>("--cost", "-n")
        {
            Description = "Permits to ask for. 0 only looks.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        cost.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.GetValueOrDefault<long>() is < 0 or > Limits.MaxPermits)
            {
                result.AddError($"--cost is {result.Tokens[0].Value}; use 0 to {Limits.MaxPermits}.");
            }
        });
        var json = CommonOptions.Json("Write the answer as JSON.");
        var command = new Command(
            "check",
            "Ask a node whether a request may go, and take its permits like any other request; with --rules, explain it without a node. "
            + "Exit code: 0 allowed, 2 refused, 1 error.")
        {
            attributes, rules, server, cost, json,
        };
        CommonOptions.RejectBoth(command, rules, server);
        command.SetAction((result, cancellationToken) =>
        {
            var request = new ThrottleRequest(result.GetValue(attributes), result.GetValue(cost));
            return result.GetValue(rules) is { } file
                ? OfflineCheck.RunAsync(terminal, file, request, result.GetValue(json), cancellationToken)
                : NodeCheck.RunAsync(terminal, result.GetValue(server), request, result.GetValue(json), cancellationToken);
        });
        return command;
    }
}
