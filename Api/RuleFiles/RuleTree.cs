using Throttle.Core;
using Throttle.Core.Fields;
using Throttle.Core.Rules;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Throttle.Api.RuleFiles;

/// <summary>
/// Reads YAML into nodes that know their lines. Anchors and aliases are followed, within bounds: neither deep nesting nor
/// aliases of aliases make it work long.
/// </summary>
internal sealed class RuleTree
{
    /// <summary>How deep a rule file may nest; it needs at most 7.</summary>
    private const int RulesDepth = 32;

    private const int MaxNodes = 8_000_000;

    // Those that say of a value what it is anyway.
    private static readonly string[] Tags =
    [
        "tag:yaml.org,2002:str", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null",
        "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq",
    ];

    private readonly IParser _parser;
    private readonly Dictionary<string, (FieldNode Node, int Size)> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private readonly string _text;
    private readonly string _kind;
    private readonly int _maxDepth;

    private RuleTree(string text, string kind, int maxDepth)
    {
        _text = text;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        (_kind, _maxDepth) = (kind, maxDepth);
    }

    /// <summary>The file's one document, or null when it is empty.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="kind">What it is, for messages.</param>
    /// <param name="maxDepth">How deep it may nest.</param>
    /// <exception cref="InvalidRulesException">It is no YAML, or more than one document.</exception>
    public static FieldNode? Parse(string text, string kind = "rule file", int maxDepth = RulesDepth)
    {
        var tree = new RuleTree(text, kind, maxDepth);
        try
        {
            return tree.ReadDocument();
        }
        catch (YamlException e)
        {
            throw tree.Explain(e);
        }
        catch (InvalidOperationException e) when (string.Equals(e.Source, "YamlDotNet", StringComparison.Ordinal))
        {
            // What the parser throws for some texts instead of saying what is wrong with them.
            throw Fault(Math.Max(1, tree._parser.Current?.End.Line ?? 1), "This is no YAML: after this line there is something that cannot stand there.");
        }
    }

    /// <summary>The fault with its true place: for a tab the parser names the start of what it was reading, or of the file.</summary>
    private InvalidRulesException Explain(YamlException e)
    {
        var cause = (e.InnerException?.Message ?? e.Message).TrimEnd('.');
        if (cause.Contains("tab", StringComparison.Ordinal) && FindTab() is var (line, column))
        {
            return Fault(line, $"This is no YAML: the indentation has a tab, and only spaces may indent (column {column}).");
        }

        return Fault(Math.Max(1, e.Start.Line), $"This is no YAML: {cause} (column {Math.Max(1, e.Start.Column)}).");
    }

    /// <summary>The first tab that indents a line, from where the parser is, or null.</summary>
    private (int Line, int Column)? FindTab()
    {
        var lines = _text.Split('\n');
        for (var i = (int)Math.Max(1, _parser.Current?.End.Line ?? 1) - 1; i < lines.Length; i++)
        {
            var indent = lines[i].AsSpan(0, lines[i].Length - lines[i].AsSpan().TrimStart(" \t").Length);
            if (indent.IndexOf('\t') is >= 0 and var tab)
            {
                return (i + 1, tab + 1);
            }
        }

        return null;
    }

    private static InvalidRulesException Fault(long line, string message) => new([new RuleFault("", message, (int)line)]);

    private FieldNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            return null;
        }

        _parser.Consume<DocumentStart>();
        var (node, _) = ReadNode(1);
        _parser.Consume<DocumentEnd>();
        return _parser.Accept<StreamEnd>(out var end)
            ? node
            : throw Fault(_parser.Current?.Start.Line ?? end?.Start.Line ?? 1, $"A second document starts here; a {_kind} is one.");
    }

    private (FieldNode Node, int Size) ReadNode(int depth)
    {
        var parsed = _parser.Consume<ParsingEvent>();
        var line = (int)parsed.Start.Line;
        if (depth > _maxDepth)
        {
            throw Fault(line, $"The nesting is deeper than {_maxDepth}, which is the most a {_kind} may have.");
        }

        if (parsed is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } tag } && !Tags.Contains(tag.Value, StringComparer.Ordinal))
        {
            throw Fault(line, $"'{ShownText.Of(tag.Value)}' is a tag, and tags are not supported; put a text that begins with ! in quotes.");
        }

        var read = parsed switch
        {
            AnchorAlias alias => Follow(alias, line),
            Scalar scalar => (new FieldScalar(scalar.Value, scalar.IsPlainImplicit && scalar.Style == ScalarStyle.Plain, line), 1),
            SequenceStart => ReadList(line, depth),
            MappingStart => ReadMap(line, depth),
            _ => throw Fault(line, "There is something here that is no value."),
        };
        Count(parsed is AnchorAlias ? read.Item2 : 1, line);
        if (parsed is NodeEvent { Anchor.IsEmpty: false } node)
        {
            _anchors[node.Anchor.Value] = read;
        }

        return read;
    }

    private (FieldNode Node, int Size) Follow(AnchorAlias alias, int line) =>
        _anchors.TryGetValue(alias.Value.Value, out var target)
            ? target
            : throw Fault(line, $"The alias *{alias.Value.Value} has no anchor before it.");

    private (FieldNode Node, int Size) ReadList(int line, int depth)
    {
        var items = new List<FieldNode>();
        var size = 1;
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            var (item, itemSize) = ReadNode(depth + 1);
            items.Add(item);
            size += itemSize;
        }

        return (new FieldList(items, line), size);
    }

    private (FieldNode Node, int Size) ReadMap(int line, int depth)
    {
        var entries = new List<(FieldScalar, FieldNode)>();
        var size = 1;
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var (name, nameSize) = ReadNode(depth + 1);
            var (value, valueSize) = ReadNode(depth + 1);
            if (name is FieldScalar { IsPlain: true, Text: "<<" })
            {
                throw Fault(name.Line, "Merge keys (<<) are not supported; write the fields out, or give a whole value as an alias.");
            }

            entries.Add((name as FieldScalar ?? throw Fault(name.Line, $"A name is wanted here, not {name.Kind}."), value));
            size += nameSize + valueSize;
        }

        return (new FieldMap(entries, line), size);
    }

    /// <summary>Counts nodes as if every alias were written out, which is what reading them costs.</summary>
    private void Count(int nodes, int line)
    {
        if (nodes > MaxNodes - _nodes)
        {
            throw Fault(line, $"The file has more than {MaxNodes} values, aliases written out; use fewer.");
        }

        _nodes += nodes;
    }
}
