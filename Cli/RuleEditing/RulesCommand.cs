using System.CommandLine;

namespace Throttle.Cli.RuleEditing;

/// <summary><c>throttle rules</c> and the commands below it.</summary>
internal static class RulesCommand
{
    private const string ReadingToken = "The token of a node that shows its rules only to those who have it.";

    /// <summary>The commands with their options.</summary>
    public static Command Create(Terminal terminal) => new("rules", "Check, show, apply, compare, import and describe rules.")
    {
        Validate(terminal),
        Show(terminal),
        Apply(terminal),
        Diff(terminal),
        Import(terminal),
        Fields(terminal),
        Schema(terminal),
    };

    private static Argument<string> File(string name = "FILE", string description = "The rule file; - is standard input.") =>
        new(name) { Description = description };

    private static Command Validate(Terminal terminal)
    {
        var file = File();
        var command = new Command("validate", "Check a rule file: every fault, with its line.") { file };
        command.SetAction(result => RuleActions.Validate(terminal, result.GetRequiredValue(file)));
        return command;
    }

    private static Command Fields(Terminal terminal)
    {
        var name = new Argument<string?>("NAME") { Description = $"One of {FieldsAction.Names}; all without it.", Arity = ArgumentArity.ZeroOrOne };
        var markdown = new Option<bool>("--markdown") { Description = "Write the tables of docs/limiters.md." };
        var command = new Command("fields", "Show the fields of a rule and of each algorithm.") { name, markdown };
        command.SetAction(result => FieldsAction.Run(terminal, result.GetValue(name), result.GetValue(markdown)));
        return command;
    }

    private static Command Schema(Terminal terminal)
    {
        var command = new Command("schema", "Write the JSON Schema of a rule file, for editors.");
        command.SetAction(_ => RuleActions.Schema(terminal));
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "The rule file; - is standard input. Without it, the rules of a node.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var rules = CommonOptions.Rules("The same as FILE.");
        var server = CommonOptions.Server();
        var json = CommonOptions.Json("Write the rules as JSON.");
        var yaml = new Option<bool>("--yaml") { Description = "Write the rules as a rule file." };
        var token = new TokenArguments(ReadingToken);
        var command = new Command("show", "Show the rules of a node, or of a file.") { file, rules, server, json, yaml };
        token.AddTo(command);
        CommonOptions.RejectBoth(command, rules, server);
        RejectBoth(command, file, rules);
        RejectBoth(command, file, server);
        CommonOptions.RejectBoth(command, json, yaml);
        command.SetAction((result, cancellationToken) => RuleActions.ShowAsync(
            terminal,
            result.GetValue(file) ?? result.GetValue(rules),
            result.GetValue(server),
            token.Read(result, terminal),
            result.GetValue(json) ? RuleForm.Json : result.GetValue(yaml) ? RuleForm.Yaml : RuleForm.Table,
            cancellationToken));
        return command;
    }

    private static Command Apply(Terminal terminal)
    {
        var file = File();
        var server = CommonOptions.Server();
        var token = new TokenArguments("The token that the node wants for edits.");
        var version = CommonOptions.Number(
            "--if-version", 0, long.MaxValue, null, "Apply only if the node's rules are still at this version.");
        var command = new Command("apply", "Put the rules of a file in force on a node.")
        {
            file, server, version,
        };
        token.AddTo(command);
        command.SetAction((result, cancellationToken) => RuleActions.ApplyAsync(
            terminal,
            result.GetRequiredValue(file),
            result.GetValue(server),
            token.Read(result, terminal),
            result.GetValue(version),
            cancellationToken));
        return command;
    }

    private static Command Diff(Terminal terminal)
    {
        var file = File();
        var other = new Argument<string?>("FILE2")
        {
            Description = "The newer rule file. Without it FILE is the newer one, and compared with a node's rules.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var server = CommonOptions.Server();
        var token = new TokenArguments(ReadingToken);
        var command = new Command(
            "diff", "Show what differs between two rule files, or what apply would change. Exit code 0: same, 2: different, 1: error.")
        {
            file, other, server,
        };
        token.AddTo(command);
        RejectBoth(command, other, server);
        command.SetAction((result, cancellationToken) => RuleActions.DiffAsync(
            terminal, result.GetRequiredValue(file), result.GetValue(other), result.GetValue(server), token.Read(result, terminal), cancellationToken));
        return command;
    }

    private static Command Import(Terminal terminal)
    {
        var envoy = new Option<string>("--envoy")
        {
            Description = "The configuration of Envoy's ratelimit service: a file, or a folder of *.yaml and *.yml.",
            HelpName = "PATH",
            Required = true,
        };
        var output = new Option<string?>("--output", "-o") { Description = "The rule file to write; without it, standard output.", HelpName = "FILE" };
        var merges = new Option<bool>("--merge-domains") { Description = "Several files may speak of one domain." };
        var command = new Command(
            "import", "Make a rule file of what another limiter is configured with, and say what rules cannot say. Exit code 0: all of it, 2: not all, 1: error.")
        {
            envoy, output, merges,
        };
        command.SetAction((result, cancellationToken) => ImportAction.RunAsync(
            terminal, result.GetRequiredValue(envoy), result.GetValue(output), result.GetValue(merges), cancellationToken));
        return command;
    }

    private static void RejectBoth(Command command, Argument argument, Option option) => command.Validators.Add(result =>
    {
        if (result.GetResult(argument) is { Tokens.Count: > 0 } && result.GetResult(option) is { Implicit: false })
        {
            result.AddError($"{argument.Name} and {option.Name} cannot be combined; use one of them.");
        }
    });
}
