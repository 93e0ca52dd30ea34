using System.CommandLine;

namespace Throttle.Cli.Replay;

/// <summary><c>throttle replay</c></summary>
internal static class ReplayCommand
{
    private const int MaxTop = 10_000;
    private const int DefaultTop = 10;

    /// <summary>The command with its options.</summary>
    public static Command Create(Terminal terminal)
    {
        var rules = CommonOptions.Rules("The rules to try; - is standard input.", isRequired: true);
        var input = new Argument<string>("INPUT")
        {
            Description = "The recording: an access log, or JSON lines; may be gzip. - is standard input.",
        };
        var output = new Option<string?>("--out", "-o")
        {
            Description = "Write an answer for each request, as JSON lines; - is standard output, and the report then goes to standard error.",
            HelpName = "FILE",
        };
        var speed = Speed();
        var format = new FormatArguments();
        var top = CommonOptions.Number("--top", 0, MaxTop, DefaultTop, "How many of the most refused keys to show.");
        var strict = new Option<bool>("--strict") { Description = "End with exit code 1 when a line could not be read, or the file was cut short." };
        var command = new Command(
            "replay",
            "Run recorded traffic through rules, on its own time: what would they have done to it?")
        {
            input, rules, output, speed, top, strict,
        };
        format.AddTo(command);
        command.SetAction((result, cancellationToken) =>
        {
            var (formats, chosen) = format.Read(result);
            return new ReplayAction(terminal, new ReplayOptions
            {
                Formats = formats,
                Format = chosen,
                RulesPath = result.GetRequiredValue(rules)!,
                InputPath = result.GetRequiredValue(input),
                OutputPath = result.GetValue(output),
                Speed = ReplaySpeed.TryParse(result.GetRequiredValue(speed), out var factor) ? factor : null,
                Top = (int)(result.GetValue(top) ?? DefaultTop),
                IsStrict = result.GetValue(strict),
            }).RunAsync(cancellationToken);
        });
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
}
