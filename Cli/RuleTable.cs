using Spectre.Console;
using Spectre.Console.Rendering;
using Throttle.Api.Hosting;
using Throttle.Core.Rules;
using Rule = Throttle.Core.Rules.Rule;

namespace Throttle.Cli;

/// <summary>Rules as a table.</summary>
internal static class RuleTable
{
    /// <summary>The longest name that a table does not break, so that it stays readable at 80 columns.</summary>
    public const int LongestUnbrokenId = 24;

    /// <summary>One row a rule.</summary>
    public static IRenderable Create(IReadOnlyList<Rule> rules)
    {
        var table = Tables.Create("Rule", "Matches", "Key", "Limit");
        table.Columns[0].NoWrap = rules.All(rule => RuleText.Name(rule).Length <= LongestUnbrokenId);
        foreach (var rule in rules)
        {
            table.AddRow(
                Tables.Text(RuleText.Name(rule)), Lines(RuleText.Match(rule)), Tables.Text(RuleText.Key(rule)), Lines(RuleText.Limit(rule).Concat(MoreLines(rule))));
        }

        return table;
    }

    /// <summary><c>token-bucket: capacity 20, refill 10/s</c></summary>
    public static string Limit(Rule rule) => string.Join(": ", RuleText.Limit(rule));

    /// <summary>Only where it is not left to the limit's numbers, which stand above it.</summary>
    private static IEnumerable<string> MoreLines(Rule rule)
    {
        if (rule.Durability != Durability.Auto)
        {
            yield return $"durability {RuleFields.ToJson(rule)["durability"]}";
        }

        if (rule.Replicate)
        {
            yield return "replicated";
        }
    }

    private static Text Lines(IEnumerable<string> lines) => new(string.Join('\n', lines.Select(Tables.Printable)));
}
