using System.CommandLine;

namespace Throttle.Cli.Replay;

/// <summary><c>throttle replay</c></summary>
internal static class ReplayCommand
{
    private const int MaxTop = 10_000;

    /// <summary>The command with its options.</summary>
    public static Command Create(Terminal terminal)
    {
        var rules = CommonOptions.Rules("The rules to try; - is standard input.", isRequired: true);
        var input = new Argument<string>("INPUT")
        {
            Description = "The recording: an access log in common or combined format, or JSON lines; may be gzip. - is standard input.",
        };
        var output = new Option<string?>("--out", "-o")
        {
            Description = "Write an answer for each request, as JSON lines; - is standard output, and the report then goes to standard error.",
            HelpName = "FILE",
        };
        var speed = Speed();
        var format = new Option<string>("--format", "-f")
        {
            Description = "How the recording is written; auto goes by its first line.",
            DefaultValueFactory = _ => ReplayFormats.Names[0],
        };
        format.AcceptOnlyFromAmong(ReplayFormats.Names);
        var top = Top();
        var strict = new Option<bool>("--strict") { Description = "End with exit code 1 when a line could not be read." };
        var command = new Command(
            "replay",
            "Run recorded traffic through rules, on the recording's own time: what would they have done to it? "
            + "Lines are put in order of time; unreadable ones are counted and shown.")
        {
            input, rules, output, speed, format, top, strict,
        };
        command.SetAction((result, cancellationToken) => new ReplayAction(terminal, new ReplayOptions
        {
            RulesPath = result.GetRequiredValue(rules)!,
            InputPath = result.GetRequiredValue(input),
            OutputPath = result.GetValue(output),
            Speed = ReplaySpeed.TryParse(result.GetRequiredValue(speed), out var factor) ? factor : null,
            Format = ReplayFormats.Find(result.GetRequiredValue(format)),
            Top = result.GetValue(top),
            IsStrict = result.GetValue(strict),
        }).RunAsync(cancellationToken));
        return command;
    }

    private static Option<string> Speed()
    {
        var speed = new Option<string>("--speed")
        {
            Description = "max, or how many times as fast as it was recorded: 1x, 10x, 0.5x.",
            HelpName = "SPEED",
            DefaultValueFactory = _ => "max",
        };
        speed.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !ReplaySpeed.TryParse(result.Tokens[0].Value, out _))
            {
                result.AddError($"--speed is '{result.Tokens[0].Value}'; use max, or a factor from 0.000001x to 1000000000x.");
            }
        });
        return speed;
    }

    private static Option<int> Top()
    {
        var top = new Option<int>("--top")
        {
            Description = "How many of the most refused keys to show.",
            HelpName = "N",
            DefaultValueFactory = _ => 10,
        };
        top.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && result.GetValueOrDefault<int>() is < 0 or > MaxTop)
            {
                result.AddError($"--top is {result.Tokens[0].Value}; use 0 to {MaxTop}.");
            }
        });
        return top;
    }
}
