using System.Text.RegularExpressions;
using Throttle.Core.Fields;

namespace Throttle.Api.RuleFiles;

/// <summary>Where the rules of a file stand.</summary>
internal sealed partial class RuleBlocks
{
    /// <summary>The rules in order.</summary>
    public required List<RuleBlock> Items { get; init; }

    /// <summary>All comments of the file.</summary>
    public required List<RuleComment> Comments { get; init; }

    /// <summary>The line of <c>rules:</c>.</summary>
    public required int ListLine { get; init; }

    /// <summary>The line after the head of the file.</summary>
    public required int HeadEnd { get; init; }

    /// <summary>The line after the last rule.</summary>
    public required int TailStart { get; init; }

    /// <summary>The column of the dashes.</summary>
    public required int DashColumn { get; init; }

    /// <summary>The list without rules, alone on its line; what follows it is a comment.</summary>
    [GeneratedRegex(@"^rules:(?:\s*\[\s*\])?(\s*(?:#.*)?)$", RegexOptions.NonBacktracking)]
    public static partial Regex EmptyList { get; }

    /// <summary>Finds the rules, or null where the file is not written rule by rule, each with a dash on its line.</summary>
    public static RuleBlocks? Find(string text, List<string> lines)
    {
        if (RuleTree.Parse(text) is not FieldMap root || root.Entries.FirstOrDefault(entry => entry.Name.Text is "rules") is not (var name, FieldList list))
        {
            return null;
        }

        var comments = RuleComments.Of(text);
        var dashes = FindDashes(list, lines, name.Line - 1);
        var isPlain = EmptyList.IsMatch(lines[name.Line - 1]);
        if (dashes is null || (!isPlain && dashes.Count == 0) || (dashes.Count > 0 && !lines[name.Line - 1].StartsWith("rules:", StringComparison.Ordinal)))
        {
            return null;
        }

        return dashes.Count == 0
            ? new() { Items = [], Comments = comments, ListLine = name.Line - 1, HeadEnd = name.Line, TailStart = name.Line, DashColumn = 2 }
            : Find(root, list, lines, comments, dashes, name.Line - 1);
    }

    private static RuleBlocks? Find(FieldMap root, FieldList list, List<string> lines, List<RuleComment> comments, List<int> dashes, int listLine)
    {
        var alone = comments.Where(comment => !comment.IsBeside).Select(comment => comment.Line).ToHashSet();
        bool IsFiller(int line) => alone.Contains(line) || string.IsNullOrWhiteSpace(lines[line]);
        var next = root.Entries.Select(entry => entry.Name.Line - 1).Where(line => line > dashes[^1]).DefaultIfEmpty(lines.Count).Min();
        var tail = Enumerable.Range(dashes[^1] + 1, Math.Max(0, next - dashes[^1] - 1))
            .Where(line => lines[line] is "..." || lines[line].StartsWith("... ", StringComparison.Ordinal)).DefaultIfEmpty(next).Min();
        while (IsFiller(tail - 1))
        {
            tail--;
        }

        var items = new List<RuleBlock>();
        var start = listLine + 1;
        for (var i = 0; i < dashes.Count; i++)
        {
            var end = i + 1 < dashes.Count ? dashes[i + 1] : tail;
            while (IsFiller(end - 1))
            {
                end--;
            }

            var attached = dashes[i];
            while (attached > start && alone.Contains(attached - 1))
            {
                attached--;
            }

            var dash = dashes[i];
            var keyColumn = lines[dash].Length - lines[dash].AsSpan(lines[dash].IndexOf('-', StringComparison.Ordinal) + 1).TrimStart(' ').Length;
            items.Add(new(start, attached, dash, end, keyColumn, FieldsOf(list.Items[i], lines, alone, dash, end, keyColumn)));
            start = end;
        }

        var column = lines[dashes[0]].IndexOf('-', StringComparison.Ordinal);
        return new() { Items = items, Comments = comments, ListLine = listLine, HeadEnd = listLine + 1, TailStart = tail, DashColumn = column };
    }

    /// <summary>The lines of the dashes, or null where they do not stand one below the other.</summary>
    private static List<int>? FindDashes(FieldList list, List<string> lines, int listLine)
    {
        var dashes = new List<int>();
        var column = -1;
        foreach (var item in list.Items)
        {
            var last = dashes.Count > 0 ? dashes[^1] : listLine;
            var line = item.Line - 1;
            while (line > last && !lines[line].TrimStart(' ').StartsWith('-'))
            {
                line--;
            }

            var at = lines[line].Length - lines[line].TrimStart(' ').Length;
            if (line <= last || (column >= 0 && at != column))
            {
                return null;
            }

            column = at;
            dashes.Add(line);
        }

        return dashes;
    }

    private static List<RuleBlockField> FieldsOf(FieldNode item, List<string> lines, HashSet<int> alone, int dash, int end, int keyColumn)
    {
        var fields = new List<RuleBlockField>();
        if (item is not FieldMap map || lines[dash].Length <= keyColumn || lines[dash][keyColumn] is '{' or '#' or '&' or '*' or '?')
        {
            return fields;
        }

        var names = map.Entries.Select(entry => entry.Name.Line - 1).ToList();
        for (var i = 0; i < names.Count; i++)
        {
            var isBelow = i == 0
                ? names[0] == dash
                : names[i] > names[i - 1] && lines[names[i]].Length > keyColumn && lines[names[i]].AsSpan(0, keyColumn).Trim(' ').IsEmpty;
            if (!isBelow)
            {
                return [];
            }

            var start = names[i];
            while (i > 0 && alone.Contains(start - 1))
            {
                start--;
            }

            if (i > 0)
            {
                fields[^1] = fields[^1] with { End = start };
            }

            fields.Add(new(map.Entries[i].Name.Text, start, names[i], end));
        }

        return fields;
    }
}
