using System.CommandLine;
using System.CommandLine.Parsing;
using Throttle.Core;

namespace Throttle.Cli.Simulating;

/// <summary><c>throttle simulate permits</c></summary>
internal static class PermitsCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create(Terminal terminal)
    {
        var arguments = new PermitsArguments();
        var command = new Command(
            "permits",
            "Run workers that share permits to make a call: one call an interval, a few reserved ahead. Exit code 1 when two calls ran closer.")
        {
            arguments.Attributes,
        };
        foreach (var option in arguments.All)
        {
            command.Options.Add(option);
        }

        arguments.Token.AddTo(command);

        foreach (var local in new Option[] { arguments.Interval, arguments.Permits, arguments.Grace })
        {
            RejectWithServer(command, arguments.Server, local, "the node's rule says it");
        }

        CommonOptions.RejectBoth(command, arguments.Server, arguments.IsVirtual);
        NeedServer(command, arguments.Server, arguments.Rule, arguments.Attributes);
        command.SetAction((result, cancellationToken) => new PermitsAction(terminal, arguments.Read(result, terminal)).RunAsync(cancellationToken));
        return command;
    }

    private static void RejectWithServer(Command command, Option server, Option local, string reason) => command.Validators.Add(result =>
    {
        if (IsGiven(result, server) && IsGiven(result, local))
        {
            result.AddError($"{local.Name} and {server.Name} cannot be combined: {reason}.");
        }
    });

    private static void NeedServer(Command command, Option server, Option rule, Argument<Attributes> attributes) => command.Validators.Add(result =>
    {
        if (!IsGiven(result, server) && IsGiven(result, rule))
        {
            result.AddError($"{rule.Name} goes with {server.Name}: without a node there is one rule.");
        }

        if (!IsGiven(result, server) && result.GetResult(attributes) is { Tokens.Count: > 0 })
        {
            result.AddError($"'{result.GetResult(attributes)!.Tokens[0].Value}' goes with {server.Name}: without a node there is one bucket.");
        }
    });

    private static bool IsGiven(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };
}
