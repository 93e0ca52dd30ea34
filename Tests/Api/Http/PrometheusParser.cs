using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Throttle.Tests.Api.Http;

/// <summary>A strict reader of the Prometheus text format 0.0.4: anything a scraper might refuse fails.</summary>
internal sealed partial class PrometheusParser
{
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly HashSet<string> _helped = new(StringComparer.Ordinal);
    private string? _family;

    private PrometheusParser()
    {
    }

    /// <summary>Values by name and labels in order: <c>name{a="x",b="y"}</c>, the labels' escapes resolved.</summary>
    public Dictionary<string, double> Samples { get; } = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Types => _types;

    public static PrometheusParser Parse(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
        var parser = new PrometheusParser();
        foreach (var line in text[..^1].Split('\n'))
        {
            parser.ReadLine(line);
        }

        parser.CheckHistograms();
        return parser;
    }

    private void ReadLine(string line)
    {
        if (Help().Match(line) is { Success: true } help)
        {
            Assert.True(_helped.Add(help.Groups["name"].Value), $"A second HELP: {line}");
            Assert.False(_types.ContainsKey(help.Groups["name"].Value), $"HELP after TYPE: {line}");
        }
        else if (Type().Match(line) is { Success: true } type)
        {
            _family = type.Groups["name"].Value;
            Assert.True(_types.TryAdd(_family, type.Groups["type"].Value), $"A second TYPE: {line}");
        }
        else
        {
            ReadSample(line);
        }
    }

    private void ReadSample(string line)
    {
        var match = Sample().Match(line);
        Assert.True(match.Success, $"Not a sample: {line}");
        var name = match.Groups["name"].Value;
        Assert.True(_family is not null, $"A sample before any TYPE: {line}");
        string[] suffixes = _types[_family] == "histogram" ? ["_bucket", "_sum", "_count"] : [""];
        Assert.True(suffixes.Any(s => name == _family + s), $"A sample outside its family '{_family}': {line}");
        Assert.True(_types[_family] != "counter" || name.EndsWith("_total", StringComparison.Ordinal), $"A counter without _total: {line}");

        var labels = ReadLabels(match.Groups["labels"].Value, line);
        var value = match.Groups["value"].Value switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            var number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        Assert.True(Samples.TryAdd(name + labels, value), $"A second sample of the same labels: {line}");
    }

    private static string ReadLabels(string text, string line)
    {
        if (text.Length == 0)
        {
            return "";
        }

        var matches = Label().Matches(text);
        Assert.True(string.Concat(matches.Select(m => m.Value)) == text, $"Faulty labels: {line}");
        Assert.True(matches.Select(m => m.Groups["name"].Value).Distinct(StringComparer.Ordinal).Count() == matches.Count, $"A label twice: {line}");
        var labels = new StringBuilder();
        foreach (Match label in matches)
        {
            labels.Append(labels.Length == 0 ? '{' : ',').Append(label.Groups["name"].Value).Append("=\"").Append(Unescape(label.Groups["value"].Value)).Append('"');
        }

        return labels.Append('}').ToString();
    }

    private static string Unescape(string value)
    {
        var text = new StringBuilder();
        for (var i = 0; i < value.Length; i++)
        {
            text.Append(value[i] != '\\' ? value[i] : value[++i] == 'n' ? '\n' : value[i]);
        }

        return text.ToString();
    }

    private void CheckHistograms()
    {
        foreach (var (family, _) in _types.Where(t => t.Value == "histogram"))
        {
            foreach (var (key, count) in Samples.Where(s => s.Key.StartsWith(family + "_count", StringComparison.Ordinal)).ToArray())
            {
                var labels = key[(family.Length + "_count".Length)..];
                var infinite = labels.Length == 0 ? "{le=\"+Inf\"}" : labels[..^1] + ",le=\"+Inf\"}";
                Assert.Equal(count, Samples[family + "_bucket" + infinite]);
            }
        }
    }

    [GeneratedRegex(@"^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) ([^\\]|\\\\|\\n)*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>[+-]Inf|NaN|-?[0-9][0-9.Ee+-]*)$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Sample();

    [GeneratedRegex("""\G(^|,)(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\\n]|\\\\|\\"|\\n)*)"(?=,|$)""", RegexOptions.ExplicitCapture)]
    private static partial Regex Label();
}
