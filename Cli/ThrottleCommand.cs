using System.CommandLine;
using System.CommandLine.Invocation;
using Throttle.Api.Hosting;
using Throttle.Cli.Checking;
using Throttle.Cli.Piping;
using Throttle.Cli.Replay;
using Throttle.Cli.RuleEditing;
using Throttle.Cli.Serving;
using Throttle.Cli.Simulating;
using Throttle.Cli.Usages;
using Throttle.Core.Rules;

namespace Throttle.Cli;

/// <summary>The command <c>throttle</c> and all below it.</summary>
internal static class ThrottleCommand
{
    /// <summary>Runs a command line.</summary>
    /// <returns>What the process should exit with; see <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var parsed = Create(terminal).Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            return ReportUsage(parsed, terminal);
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };

        // A node listens to signals itself, and drains.
        var isNode = string.Equals(parsed.CommandResult.Command.Name, ServeCommand.Name, StringComparison.Ordinal);
        using var signals = isNode ? null : new Signals(cancellationToken);
        try
        {
            var running = parsed.InvokeAsync(configuration, signals?.Token ?? cancellationToken);
            var code = signals is null ? await running.ConfigureAwait(false) : await signals.WaitForAsync(running).ConfigureAwait(false);

            // A signal ends the command by an exception or by a code of its own, whichever comes first.
            return code is ExitCodes.Interrupted or ExitCodes.Terminated ? ReportStop(terminal, code) : code;
        }
        catch (OperationCanceledException)
        {
            return ReportStop(terminal, signals?.ExitCode ?? ExitCodes.Interrupted);
        }
        catch (Exception e)
        {
            terminal.Error.WriteLine($"throttle: {OneLine(e)}");
            return ExitCodes.Error;
        }
    }

    private static int ReportStop(Terminal terminal, int code)
    {
        terminal.Error.WriteLine("throttle: stopped before the end.");
        return code;
    }

    private static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("A rate limiter: run a node, ask one, edit its rules, see what rules would have done to recorded traffic, or limit a stream of bytes.")
        {
            ServeCommand.Create(terminal),
            CheckCommand.Create(terminal),
            RulesCommand.Create(terminal),
            ReplayCommand.Create(terminal),
            UsageCommand.Create(terminal),
            PipeCommand.Create(terminal),
            SimulateCommand.Create(terminal),
        };
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction();
        return root;
    }

    private static int ReportUsage(ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        var name = FullName(command);
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            var help = command.Parse(["--help"]);
            help.Invoke(new InvocationConfiguration { Output = terminal.Error, Error = terminal.Error });
            return ExitCodes.Error;
        }

        var faults = command.Subcommands.Count > 0
            ? [$"'{parsed.UnmatchedTokens[0]}' is no command; use {string.Join(", ", command.Subcommands.Select(c => c.Name))}."]
            : parsed.Errors.Select(error => error.Message.ReplaceLineEndings(" ")).Distinct(StringComparer.Ordinal);
        terminal.Error.WriteLine($"throttle: {string.Join(' ', faults)} See '{name} --help'.");
        return ExitCodes.Error;
    }

    private static string FullName(Command command)
    {
        var names = new Stack<string>();
        Symbol? symbol = command;
        while (symbol is Command and not RootCommand)
        {
            names.Push(symbol.Name);
            symbol = symbol.Parents.FirstOrDefault();
        }

        names.Push("throttle");
        return string.Join(' ', names);
    }

    /// <summary>What to show of an error. Only faulty rules take more than one line: one for each fault.</summary>
    private static string OneLine(Exception e) => e switch
    {
        CliException or InvalidRulesException => e.Message,
        ArgumentException misuse => Errors.WithoutParameter(misuse),
        IOException or UnauthorizedAccessException => Errors.FirstLine(e),
        _ => $"unexpected error ({e.GetType().Name}): {Errors.FirstLine(e)}",
    };
}
