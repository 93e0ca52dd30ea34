using System.Text.Json;
using System.Text.Json.Nodes;
using Throttle.Core.Rules;
using YamlDotNet.Core;

namespace Throttle.Api.RuleFiles;

/// <summary>
/// Puts other rules into the text of a rule file and leaves the rest as it is: rules that stay the same with their comments, the
/// fields that stay the same of a rule that changes, what stands above a rule, the head and the tail of the file.
/// </summary>
/// <remarks>
/// It works on lines, and only on files in which each rule begins with a dash on a line of its own. Whatever it makes is read
/// again and compared with the rules; where they differ, such as after the loss of an anchor, nothing is made.
/// </remarks>
internal sealed class RuleFileEdit
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly List<string> _lines;
    private readonly RuleBlocks _blocks;
    private readonly Dictionary<string, (Rule Rule, RuleBlock Block)> _old;

    private RuleFileEdit(List<string> lines, RuleBlocks blocks, IReadOnlyList<Rule> oldRules)
    {
        _lines = lines;
        _blocks = blocks;
        _old = oldRules.Zip(blocks.Items).ToDictionary(pair => pair.First.Id, pair => (pair.First, pair.Second), StringComparer.Ordinal);
    }

    /// <summary>The new text, or null where the old one cannot be kept: it is faulty, or written in another way than rule by rule.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="rules">The new rules, valid as a set.</param>
    public static string? Apply(string text, IReadOnlyList<Rule> rules)
    {
        try
        {
            var plain = RuleFileReader.Plain(text);
            var made = IsJson(plain) ? $"{RuleFields.ToJson(rules).ToJsonString(Indented)}\n" : ApplyToYaml(plain, rules);
            return made is not null && RuleFileReader.Read(made).SequenceEqual(rules)
                ? string.Concat(text.AsSpan(0, text.Length - plain.Length), made)
                : null;
        }
        catch (Exception e) when (e is InvalidRulesException or YamlException)
        {
            return null;
        }
    }

    /// <summary>Whether a text has comments, which a file that is written anew loses. True where that cannot be told.</summary>
    public static bool HasComments(string text)
    {
        try
        {
            return RuleComments.Of(text).Count > 0;
        }
        catch (YamlException)
        {
            return true;
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? ApplyToYaml(string text, IReadOnlyList<Rule> rules)
    {
        var newLine = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        var unix = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        if (unix.AsSpan().ContainsAny("\r\u0085\u2028\u2029"))
        {
            // YAML takes these for the ends of lines too, so that its lines are not the ones here.
            return null;
        }

        var oldRules = RuleFileReader.Read(unix);
        var lines = unix.Split('\n').ToList();
        if (lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return RuleBlocks.Find(unix, lines) is { } blocks
            ? string.Concat(new RuleFileEdit(lines, blocks, oldRules).Make(rules).Select(line => line + newLine))
            : null;
    }

    private List<string> Make(IReadOnlyList<Rule> rules)
    {
        var made = _lines[.._blocks.HeadEnd];
        if (_blocks.Items.Count == 0 || rules.Count == 0)
        {
            var list = RuleBlocks.EmptyList.Replace(made[_blocks.ListLine], "rules:$1");
            made[_blocks.ListLine] = rules.Count > 0 ? list : $"rules: []{list["rules:".Length..]}";
        }

        // What stands above a rule that goes, with a blank line between, is no comment of it.
        var pending = new List<string>();
        var kept = rules.Select(rule => rule.Id).ToHashSet(StringComparer.Ordinal);
        var detached = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (rule, block) in _old.Values.OrderBy(entry => entry.Block.Start))
        {
            var isApart = pending.Count > 0 && string.IsNullOrWhiteSpace(pending[^1]);
            pending.AddRange(_lines[block.Start..block.AttachedStart].SkipWhile(line => isApart && string.IsNullOrWhiteSpace(line)));
            if (kept.Contains(rule.Id))
            {
                detached[rule.Id] = pending;
            }

            pending = kept.Contains(rule.Id) || pending.TrueForAll(string.IsNullOrWhiteSpace) ? [] : pending;
        }

        foreach (var rule in rules)
        {
            AddRule(made, rule, detached);
        }

        made.AddRange(pending);
        made.AddRange(_lines[_blocks.TailStart..]);
        return made;
    }

    private void AddRule(List<string> made, Rule rule, Dictionary<string, List<string>> detached)
    {
        if (!_old.TryGetValue(rule.Id, out var old))
        {
            if (made.Count > _blocks.HeadEnd && made[^1].Trim().Length > 0)
            {
                made.Add("");
            }

            made.AddRange(Indent(RuleFileWriter.LinesOf(rule), _blocks.DashColumn));
            return;
        }

        var above = detached[rule.Id];
        made.AddRange(made.Count == _blocks.HeadEnd && above.TrueForAll(string.IsNullOrWhiteSpace) && old.Block != _blocks.Items[0] ? [] : above);
        if (rule.Equals(old.Rule))
        {
            made.AddRange(_lines[old.Block.AttachedStart..old.Block.End]);
            return;
        }

        made.AddRange(_lines[old.Block.AttachedStart..old.Block.DashLine]);
        made.AddRange(ChangeRule(old.Rule, rule, old.Block));
    }

    /// <summary>A rule with other contents: its fields that stay the same as they are, of the others the comments.</summary>
    private IEnumerable<string> ChangeRule(Rule oldRule, Rule rule, RuleBlock block)
    {
        if (block.Fields.Count == 0)
        {
            var comments = _blocks.Comments.Where(c => c.Line >= block.DashLine && c.Line < block.End).Select(c => c.Text);
            return Indent([.. comments, .. RuleFileWriter.LinesOf(rule)], _blocks.DashColumn);
        }

        var before = RuleFields.ToJson(oldRule);
        var after = RuleFields.ToJson(rule);
        var fields = RuleFileWriter.FieldsOf(rule);
        var made = new List<string>();
        foreach (var field in block.Fields)
        {
            var isSame = JsonNode.DeepEquals(before[field.Name], after[field.Name]) && after.ContainsKey(field.Name);
            made.AddRange(isSame
                ? _lines[field.Start..field.End].Select((line, i) => field.Start + i == block.DashLine ? Blank(line, block.KeyColumn) : line)
                : ChangeField(field, fields.GetValueOrDefault(field.Name, []), block.KeyColumn));
        }

        foreach (var (name, lines) in fields.Where(field => block.Fields.TrueForAll(old => !string.Equals(old.Name, field.Key, StringComparison.Ordinal))))
        {
            made.AddRange(Indent(lines, block.KeyColumn));
        }

        return Dash(made, block.KeyColumn);
    }

    private IEnumerable<string> ChangeField(RuleBlockField field, List<string> lines, int column)
    {
        var comments = _blocks.Comments.Where(comment => comment.Line >= field.Start && comment.Line < field.End).ToList();
        var beside = lines.Count == 1 ? comments.Find(comment => comment.IsBeside && comment.Line == field.NameLine) : null;
        var value = beside is null ? lines : [$"{lines[0]} {beside.Text}"];
        return Indent([.. comments.Where(comment => comment != beside).Select(comment => comment.Text), .. value], column);
    }

    /// <summary>Puts the dash before the first line that is no comment.</summary>
    private IEnumerable<string> Dash(List<string> lines, int column)
    {
        var isFirst = true;
        foreach (var line in lines)
        {
            var isField = line.TrimStart() is { Length: > 0 } text && text[0] != '#';
            yield return isFirst && isField ? $"{new string(' ', _blocks.DashColumn)}-{new string(' ', column - _blocks.DashColumn - 1)}{line[column..]}" : line;
            isFirst &= !isField;
        }
    }

    private static string Blank(string line, int column) => new string(' ', column) + line[column..];

    private static IEnumerable<string> Indent(IEnumerable<string> lines, int column) =>
        lines.Select(line => line.Length == 0 ? line : new string(' ', column) + line);
}
