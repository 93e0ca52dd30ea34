using System.CommandLine;
using System.CommandLine.Parsing;
using Throttle.Core.Limiters;

namespace Throttle.Cli.Piping;

/// <summary><c>throttle pipe</c></summary>
internal static class PipeCommand
{
    /// <summary>The command with its options.</summary>
    public static Command Create(Terminal terminal)
    {
        var rate = new Option<Rate?>("--rate")
        {
            Description = "How fast: a size such as 256KiB, for a second, or a rate such as 256KiB/s or 10MB/m.",
            HelpName = "RATE",
            Required = true,
            CustomParser = ParseRate,
        };
        var burst = new Option<long?>("--burst")
        {
            Description = "How much may go at once, such as 1MiB [default: what comes in one second].",
            HelpName = "SIZE",
            CustomParser = ParseBurst,
        };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Say nothing of how it goes." };
        var command = new Command("pipe", "Copy standard input to standard output at a limited rate; progress goes to standard error.")
        {
            rate, burst, quiet,
        };
        command.SetAction((result, cancellationToken) => new PipeAction(
            terminal, result.GetValue(rate)!.Value, result.GetValue(burst), result.GetValue(quiet)).RunAsync(cancellationToken));
        return command;
    }

    private static Rate? ParseRate(ArgumentResult result)
    {
        var text = TextOf(result);
        if (Rate.TryParsePerSecond(text, out var rate, out var error))
        {
            return rate;
        }

        result.AddError($"--rate is '{text}': {error}");
        return null;
    }

    private static long? ParseBurst(ArgumentResult result)
    {
        var text = TextOf(result);
        if (Sizes.TryParse(text, out var bytes, out var error, min: 1))
        {
            return bytes;
        }

        result.AddError($"--burst is '{text}': {error}");
        return null;
    }

    private static string TextOf(ArgumentResult result) => result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
}
