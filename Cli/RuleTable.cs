using System.Text.Json.Nodes;
using Spectre.Console;
using Spectre.Console.Rendering;
using Throttle.Api.RuleFiles;
using Throttle.Core.Rules;
using Rule = Throttle.Core.Rules.Rule;

namespace Throttle.Cli;

/// <summary>Rules as a table.</summary>
internal static class RuleTable
{
    /// <summary>One row a rule.</summary>
    public static IRenderable Create(IEnumerable<Rule> rules)
    {
        var table = Tables.Create("Rule", "Matches", "Key", "Limit", "Mode");
        foreach (var rule in rules)
        {
            table.AddRow(
                Tables.Text(rule.Id), Tables.Text(Match(rule)), Tables.Text(Key(rule)), Tables.Text(Limit(rule)), Mode(rule));
        }

        return table;
    }

    /// <summary><c>token-bucket: capacity 20, refill 10/s</c></summary>
    public static string Limit(Rule rule)
    {
        var limit = RuleJson.ToJson(rule)["limit"]!.AsObject();
        return $"{rule.Limit.Algorithm}: {Numbers(limit)}";
    }

    private static string Numbers(JsonObject limit) => string.Join(
        ", ",
        limit.Where(field => !string.Equals(field.Key, "algorithm", StringComparison.Ordinal)).Select(field =>
            field.Value is JsonArray several
                ? string.Join(" and ", several.Select(item => Numbers(item!.AsObject())))
                : $"{field.Key} {field.Value}"));

    private static string Match(Rule rule) =>
        rule.Match.Count == 0
            ? "everything"
            : string.Join(", ", rule.Match.Select(condition => $"{condition.Attribute} {string.Join(" or ", condition.Patterns)}"));

    private static string Key(Rule rule) => rule.Key.Count == 0 ? "(one bucket)" : string.Join(", ", rule.Key);

    private static Markup Mode(Rule rule) => rule.Mode switch
    {
        RuleMode.Enforce => new Markup("enforce"),
        RuleMode.Shadow => new Markup("[yellow]shadow[/]"),
        _ => new Markup("[grey]off[/]"),
    };
}
