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
    private const int LongestUnbrokenId = 24;

    /// <summary>One row a rule.</summary>
    public static IRenderable Create(IReadOnlyList<Rule> rules)
    {
        var table = Tables.Create("Rule", "Matches", "Key", "Limit");
        table.Columns[0].NoWrap = rules.All(rule => Name(rule).Length <= LongestUnbrokenId);
        foreach (var rule in rules)
        {
            table.AddRow(
                Tables.Text(Name(rule)), Lines(Match(rule)), Tables.Text(Key(rule)), Lines(LimitLines(rule).Concat(MoreLines(rule))));
        }

        return table;
    }

    /// <summary><c>token-bucket: capacity 20, refill 10/s</c></summary>
    public static string Limit(Rule rule) => string.Join(": ", LimitLines(rule));

    private static string Name(Rule rule) => rule.Mode switch
    {
        RuleMode.Enforce => rule.Id,
        RuleMode.Shadow => $"{rule.Id} (shadow)",
        _ => $"{rule.Id} (off)",
    };

    private static string[] LimitLines(Rule rule) =>
        [rule.Limit.Algorithm, Numbers(RuleJson.ToJson(rule)["limit"]!.AsObject())];

    /// <summary>Only where it is not left to the limit's numbers, which stand above it.</summary>
    private static IEnumerable<string> MoreLines(Rule rule)
    {
        if (rule.Durability != Durability.Auto)
        {
            yield return $"durability {RuleJson.ToJson(rule)["durability"]}";
        }

        if (rule.Replicate)
        {
            yield return "replicated";
        }
    }

    private static string Numbers(JsonObject limit) => string.Join(
        ", ",
        limit.Where(field => !string.Equals(field.Key, "algorithm", StringComparison.Ordinal)).Select(field =>
            field.Value is JsonArray several
                ? string.Join(" and ", several.Select(item => Numbers(item!.AsObject())))
                : $"{field.Key} {field.Value}"));

    private static IEnumerable<string> Match(Rule rule) =>
        rule.Match.Count == 0
            ? ["everything"]
            : rule.Match.Select(condition => $"{condition.Attribute} {string.Join(" or ", condition.Patterns)}");

    private static string Key(Rule rule) => rule.Key.Count == 0 ? "(one bucket)" : string.Join(", ", rule.Key);

    private static Text Lines(IEnumerable<string> lines) => new(string.Join('\n', lines.Select(Tables.Printable)));
}
