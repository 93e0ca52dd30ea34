using System.Text;
using Spectre.Console;
using Throttle.Core.Fields;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;

namespace Throttle.Cli.RuleEditing;

/// <summary><c>throttle rules fields</c>: the fields of rules and of limits, from the tables that read them.</summary>
internal static class FieldsAction
{
    private const string RuleName = "rule";

    private static IEnumerable<(string Name, string Summary, IEnumerable<FieldDescription> Fields)> Sections =>
        Algorithms.All.Select(algorithm => (algorithm.Name, algorithm.Summary, algorithm.Describe()))
            .Prepend((RuleName, "What stands in a rule beside the numbers of its limit.", RuleFields.Describe()));

    /// <summary>The names that can be asked for.</summary>
    public static string Names => string.Join(", ", Sections.Select(section => section.Name));

    /// <summary>Shows the fields of one name, or of all.</summary>
    public static int Run(Terminal terminal, string? name, bool isMarkdown)
    {
        var sections = Sections.Where(section => name is null || string.Equals(section.Name, name, StringComparison.Ordinal)).ToList();
        if (sections.Count == 0)
        {
            throw new CliException($"'{name}' is not known here; use {Names}.{Core.Nearest.Hint(name!, Sections.Select(section => section.Name))}");
        }

        if (isMarkdown)
        {
            terminal.Output.Write(Markdown(sections));
            return ExitCodes.Success;
        }

        foreach (var (title, summary, fields) in sections)
        {
            terminal.OutputConsole.WriteLine($"{title}: {summary}");
            var table = Tables.Create("Field", "Value", "Default", "Meaning");
            foreach (var field in fields)
            {
                table.AddRow(Tables.Text(field.Name), Tables.Text(Value(field)), Tables.Text(field.Default ?? "required"), Tables.Text(field.Help));
            }

            terminal.OutputConsole.Write(table);
        }

        return ExitCodes.Success;
    }

    private static string Markdown(IEnumerable<(string Name, string Summary, IEnumerable<FieldDescription> Fields)> sections)
    {
        var text = new StringBuilder(
            "# Rules and limiters\n\nThe fields of a rule, and those of its `limit` under each algorithm. `throttle rules fields` shows the same.\n"
            + "This page is written by `throttle rules fields --markdown`; a test compares the two.\n");
        foreach (var (name, summary, fields) in sections)
        {
            text.Append($"\n## {name}\n\n{summary}\n\n| Field | Value | Default | Meaning |\n|---|---|---|---|\n");
            foreach (var field in fields)
            {
                text.Append($"| `{field.Name}` | {Cell(Value(field))} | {(field.Default is null ? "required" : $"`{Cell(field.Default)}`")} | {Cell(field.Help)} |\n");
            }
        }

        return text.ToString();
    }

    private static string Value(FieldDescription field) => field.Range.Length == 0 ? field.Type : $"{field.Type}: {field.Range}";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
