using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using Throttle.Api.RuleFiles;
using Throttle.Cli.Nodes;
using Throttle.Core.Rules;

namespace Throttle.Cli.RuleEditing;

/// <summary>What <c>throttle rules</c> does.</summary>
internal static class RuleActions
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Says that a file is good, or fails with its faults.</summary>
    public static int Validate(Terminal terminal, string file)
    {
        var rules = RuleLoading.Load(terminal, file);
        terminal.Output.WriteLine($"'{file}' is good: {Tables.Count(rules.Rules.Length, "rule")}.");
        return ExitCodes.Success;
    }

    /// <summary>Shows the rules of a file, or of a node when none is named.</summary>
    public static async Task<int> ShowAsync(
        Terminal terminal, string? file, string? server, string? adminToken, RuleForm form, CancellationToken cancellationToken)
    {
        var rules = file is null
            ? await GetAsync(server, adminToken, cancellationToken).ConfigureAwait(false)
            : RuleLoading.Load(terminal, file);
        switch (form)
        {
            case RuleForm.Json:
                terminal.Output.WriteLine(ToJson(rules, isNode: file is null).ToJsonString(Indented));
                break;
            case RuleForm.Yaml:
                terminal.Output.Write(RuleFileWriter.Write(rules.Rules));
                break;
            default:
                ShowTable(terminal.OutputConsole, rules, isNode: file is null);
                break;
        }

        return ExitCodes.Success;
    }

    /// <summary>Puts the rules of a file in force on a node. A faulty file is not sent.</summary>
    public static async Task<int> ApplyAsync(
        Terminal terminal, string file, string? server, string? adminToken, long? ifVersion, CancellationToken cancellationToken)
    {
        var rules = RuleLoading.Load(terminal, file);
        using var node = new NodeClient(server, adminToken);
        var version = await node.PutRulesAsync(
            RuleFileWriter.Write(rules.Rules), ifVersion, cancellationToken).ConfigureAwait(false);
        terminal.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{Tables.Count(rules.Rules.Length, "rule")} in force, version {version}."));
        return ExitCodes.Success;
    }

    /// <summary>Compares a file with a newer one, or a node's rules with a newer file.</summary>
    public static async Task<int> DiffAsync(
        Terminal terminal, string file, string? newerFile, string? server, string? adminToken, CancellationToken cancellationToken)
    {
        var first = RuleLoading.Load(terminal, file);
        var diff = newerFile is null
            ? RuleDiff.Between((await GetAsync(server, adminToken, cancellationToken).ConfigureAwait(false)).Rules, first.Rules)
            : RuleDiff.Between(first.Rules, RuleLoading.Load(terminal, newerFile).Rules);
        if (diff.IsEmpty)
        {
            terminal.Output.WriteLine("The rules are the same.");
            return ExitCodes.Success;
        }

        ShowDiff(terminal.OutputConsole, diff);
        return ExitCodes.No;
    }

    /// <summary>Writes the JSON Schema of a rule file.</summary>
    public static int Schema(Terminal terminal)
    {
        terminal.Output.WriteLine(RuleFields.FileSchema().ToJsonString(Indented));
        return ExitCodes.Success;
    }

    private static async Task<RuleSet> GetAsync(string? server, string? adminToken, CancellationToken cancellationToken)
    {
        using var node = new NodeClient(server, adminToken);
        return await node.GetRulesAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The form that a node answers: a node's version is that of the rules, a file's that of the form.</summary>
    private static JsonObject ToJson(RuleSet rules, bool isNode)
    {
        var json = RuleFields.ToJson(rules.Rules);
        if (isNode)
        {
            json["version"] = rules.Version;
        }

        return json;
    }

    private static void ShowTable(IAnsiConsole console, RuleSet rules, bool isNode)
    {
        if (rules.Rules.IsEmpty)
        {
            console.WriteLine("No rules: everything is allowed.");
        }
        else
        {
            console.Write(RuleTable.Create(rules.Rules));
        }

        if (isNode)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Version {rules.Version}."));
        }
    }

    private static void ShowDiff(IAnsiConsole console, RuleDiff diff)
    {
        foreach (var rule in diff.Removed)
        {
            console.Write(Line($"- {rule.Id}  {RuleTable.Limit(rule)}", Color.Red));
        }

        foreach (var rule in diff.Added)
        {
            console.Write(Line($"+ {rule.Id}  {RuleTable.Limit(rule)}", Color.Green));
        }

        foreach (var change in diff.Changed)
        {
            console.Write(Line($"~ {change.Id}", Color.Yellow));
            foreach (var field in change.Fields)
            {
                console.Write(Line($"    {field}", Color.Default));
            }
        }

        if (diff.IsReordered)
        {
            console.Write(Line("The order of the rules differs.", Color.Yellow));
        }
    }

    private static Text Line(string text, Color color) => new(Tables.Printable(text) + "\n", new Style(color));
}
