using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Throttle.Core.Rules;

namespace Throttle.Api.RuleFiles;

/// <summary>Writes rule files.</summary>
public static class RuleFileWriter
{
    private const int RuleIndent = 2;
    private const int FieldIndent = 4;
    private const string Safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";

    /// <summary>
    /// Canonical YAML: the same rules give the same text, and <see cref="RuleFileReader.Read"/> gives equal rules back.
    /// Defaults are left out. The lines end in a line feed.
    /// </summary>
    /// <param name="rules">Rules that are valid as a set; others give a file that cannot be read back.</param>
    public static string Write(IEnumerable<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var text = new StringBuilder("version: 1\n");
        var items = RuleFields.ToJson(rules)["rules"]!.AsArray();
        text.Append(items.Count == 0 ? "rules: []\n" : "rules:\n");
        for (var i = 0; i < items.Count; i++)
        {
            text.Append(i == 0 ? "" : "\n");
            WriteRule(text, items[i]!.AsObject());
        }

        return text.ToString();
    }

    /// <summary>A rule in lines, the first with its dash, without indentation.</summary>
    internal static List<string> LinesOf(Rule rule)
    {
        var text = new StringBuilder();
        WriteRule(text, RuleFields.ToJson(rule));
        return [.. text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[RuleIndent..])];
    }

    /// <summary>The fields of a rule in lines, without indentation, by name and in order.</summary>
    internal static Dictionary<string, List<string>> FieldsOf(Rule rule)
    {
        var fields = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (name, value) in RuleFields.ToJson(rule))
        {
            var text = new StringBuilder();
            WriteRule(text, new JsonObject { [name] = value?.DeepClone() });
            fields.Add(name, [.. text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[FieldIndent..])]);
        }

        return fields;
    }

    /// <summary>One field a line; conditions too, lists and numbers of the limit on one line.</summary>
    private static void WriteRule(StringBuilder text, JsonObject rule)
    {
        var indent = "  - ";
        foreach (var (name, value) in rule)
        {
            text.Append(indent).Append(name).Append(':');
            indent = "    ";
            if (name is "match")
            {
                WriteMatch(text, value!.AsObject());
                continue;
            }

            text.Append(' ');
            WriteFlow(text, value);
            text.Append('\n');
        }
    }

    private static void WriteMatch(StringBuilder text, JsonObject match)
    {
        text.Append('\n');
        foreach (var (attribute, patterns) in match)
        {
            text.Append("      ").Append(Scalar(attribute)).Append(": ");
            WriteFlow(text, patterns);
            text.Append('\n');
        }
    }

    private static void WriteFlow(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case JsonArray list:
                text.Append('[');
                WriteItems(text, list.Select(item => ((string?)null, item)));
                text.Append(']');
                break;
            case JsonObject map:
                text.Append("{ ");
                WriteItems(text, map.Select(field => ((string?)field.Key, field.Value)));
                text.Append(" }");
                break;
            default:
                text.Append(node!.GetValueKind() == JsonValueKind.String ? Scalar(node.GetValue<string>()) : node.ToJsonString());
                break;
        }
    }

    private static void WriteItems(StringBuilder text, IEnumerable<(string? Name, JsonNode? Value)> items)
    {
        var separator = "";
        foreach (var (name, value) in items)
        {
            text.Append(separator).Append(name is null ? "" : $"{name}: ");
            WriteFlow(text, value);
            separator = ", ";
        }
    }

    /// <summary>The text as it is where no reader can take it for anything else, in double quotes otherwise.</summary>
    private static string Scalar(string text)
    {
        // A star inside is a star; only at the start would it be an alias.
        var isPlain = text.Length > 0
            && (char.IsAsciiLetterOrDigit(text[0]) || text[0] is '/')
            && !text.AsSpan().ContainsAnyExcept(Safe + "*")
            && text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off");
        if (isPlain)
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            AppendEscaped(quoted, rune);
        }

        return quoted.Append('"').ToString();
    }

    private static void AppendEscaped(StringBuilder quoted, Rune rune)
    {
        if (rune.Value is '"' or '\\')
        {
            quoted.Append('\\').Append((char)rune.Value);
        }
        else if (rune.Value is >= 0x20 and < 0x7F || (rune.Value >= 0xA0 && Rune.IsLetterOrDigit(rune)))
        {
            quoted.Append(rune.ToString());
        }
        else
        {
            quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}");
        }
    }
}
