using System.Text.Json;
using System.Text.Json.Nodes;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Api.Hosting;

/// <summary>Rules as people read them, in the parts that tables show.</summary>
public static class RuleText
{
    private static readonly long LongTicks = TimeSpan.TicksPerDay;

    /// <summary>The id, and the mode where it is not enforced.</summary>
    public static string Name(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Mode switch
        {
            RuleMode.Enforce => rule.Id,
            RuleMode.Shadow => $"{rule.Id} (shadow)",
            _ => $"{rule.Id} (off)",
        };
    }

    /// <summary>The conditions of a rule, one line each.</summary>
    public static IEnumerable<string> Match(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Match.Count == 0
            ? ["everything"]
            : rule.Match.Select(condition => $"{condition.Attribute} {string.Join(" or ", condition.Patterns)}");
    }

    /// <summary>The attributes that have buckets of their own.</summary>
    public static string Key(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return rule.Key.Count == 0 ? "(one bucket)" : string.Join(", ", rule.Key);
    }

    /// <summary>The algorithm and its numbers, each a line.</summary>
    public static string[] Limit(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return [rule.Limit.Algorithm, Numbers(RuleFields.ToJson(rule)["limit"]!.AsObject())];
    }

    /// <summary>A row for each rule, in columns that are as wide as they need to be.</summary>
    public static IEnumerable<string> Table(IReadOnlyList<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        string[][] rows = [.. rules.Select(rule => (string[])[Name(rule), string.Join("; ", Match(rule)), Key(rule), string.Join(": ", Limit(rule))])];
        var widths = Enumerable.Range(0, 3).Select(column => rows.Max(row => (int?)row[column].Length) ?? 0).ToArray();
        return rows.Select(row => $"  {row[0].PadRight(widths[0])}  {row[1].PadRight(widths[1])}  {row[2].PadRight(widths[2])}  {row[3]}");
    }

    /// <summary>Warns of rules whose buckets need a day or more to fill, because a restart makes them full again; null where there is no such rule.</summary>
    public static string? ForgottenAtRestart(RuleSet rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var slow = rules.Rules.Where(rule => rule.Mode != RuleMode.Off && rule.Limit.RefillTicks >= LongTicks)
            .Select(rule => $"{rule.Id} ({Durations.Format(rule.Limit.RefillTicks)})").ToList();
        return slow.Count == 0
            ? null
            : $"Warning: buckets are kept in memory, so a restart begins them anew: {string.Join(", ", slow)}. A cluster with Redis keeps them.";
    }

    private static string Numbers(JsonObject limit) => string.Join(
        ", ",
        limit.Where(field => !string.Equals(field.Key, "algorithm", StringComparison.Ordinal)).Select(field =>
            field.Value is JsonArray several
                ? string.Join(" and ", several.Select(item => Numbers(item!.AsObject())))
                : $"{field.Key} {Text(field.Value!)}"));

    private static string Text(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Number when value.AsValue().TryGetValue<long>(out var number) => Sizes.FormatPermits(number),
        JsonValueKind.String when Rate.TryParse(value.GetValue<string>(), out var rate, out _) => rate.ToText(),
        _ => value.ToString(),
    };
}
