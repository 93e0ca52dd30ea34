using System.Globalization;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Api.RuleFiles;

/// <summary>
/// Reads the fields of one mapping and notes what is wrong: a field that is missing, stands twice, is unknown or of the
/// wrong kind. A faulty field reads as its stand-in, so that the rest can be checked too.
/// </summary>
internal sealed class FieldReader
{
    private const string FractionHint = " For fractions count smaller units: in tenths, 2.5 is 25, with rates and costs ten times as large.";

    private readonly RuleMap _map;
    private readonly string _path;
    private readonly RuleFileFaults _faults;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public FieldReader(RuleMap map, string path, RuleFileFaults faults)
    {
        _map = map;
        _path = path;
        _faults = faults;
        faults.Place(path, map.Line);
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, value) in map.Entries)
        {
            if (lines.TryGetValue(name.Text, out var first))
            {
                faults.Add(PathOf(name.Text), name.Line, $"'{Shown.Of(name.Text)}' stands here a second time; the first is on line {first}.");
            }
            else
            {
                lines.Add(name.Text, name.Line);
                faults.Place(PathOf(name.Text), value is RuleScalar { IsNull: false } ? value.Line : name.Line);
            }
        }
    }

    /// <summary>The line the mapping starts on.</summary>
    public int Line => _map.Line;

    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    public bool Has(string name) => _map.Entries.Exists(entry => string.Equals(entry.Name.Text, name, StringComparison.Ordinal));

    /// <summary>The field's value, or null where there is none or nothing was written.</summary>
    public RuleNode? Find(string name)
    {
        var isFirst = _known.Add(name);
        foreach (var entry in _map.Entries)
        {
            if (string.Equals(entry.Name.Text, name, StringComparison.Ordinal))
            {
                if (entry.Value is not RuleScalar { IsNull: true })
                {
                    return entry.Value;
                }

                if (isFirst)
                {
                    Fault(name, $"'{Shown.Of(name)}' has no value; give it one or leave it out.", entry.Name.Line);
                }

                return null;
            }
        }

        return null;
    }

    /// <summary>The field's value, and a fault where it is missing.</summary>
    public RuleNode? Need(string name, string what)
    {
        var node = Find(name);
        if (node is null && !Has(name))
        {
            Fault(name, $"'{name}' is missing; {what}.", _map.Line);
        }

        return node;
    }

    /// <summary>The field's text; a fault and null where it is no single value.</summary>
    public string? Text(string name, RuleNode? node)
    {
        if (node is RuleScalar scalar)
        {
            return scalar.Text;
        }

        if (node is not null)
        {
            Fault(name, $"'{name}' is {node.Kind}; use a single value.", node.Line);
        }

        return null;
    }

    /// <summary>A number of permits; where a permit is a byte it may be written as a size.</summary>
    public long Number(string name, string what, long standIn = 1) =>
        Text(name, Need(name, what)) is { } text ? ParsePermits(name, text) ?? standIn : standIn;

    /// <summary>A number that may be left out.</summary>
    public long? OptionalNumber(string name) => Text(name, Find(name)) is { } text ? ParseNumber(name, text) : null;

    /// <summary>A factor, such as 0.15; <paramref name="standIn"/> where it is faulty.</summary>
    public Factor Factor(string name, RuleNode? node, Factor standIn)
    {
        if (Text(name, node) is not { } text)
        {
            return standIn;
        }

        if (Core.Limiters.Factor.TryParse(text, out var factor, out var error))
        {
            return factor;
        }

        Fault(name, $"'{name}': {error}");
        return standIn;
    }

    public long? ParseNumber(string name, string text)
    {
        var digits = text.AsSpan().TrimStart("+-");
        var isWhole = !digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9') && text.Length - digits.Length <= 1;
        if (!isWhole)
        {
            Fault(name, $"'{name}' is '{Shown.Of(text)}'; use a whole number.{(IsFraction(text) ? FractionHint : "")}");
            return null;
        }

        // What does not fit is out of every range; the validator names the range that it should be in.
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : text[0] == '-' ? long.MinValue : long.MaxValue;
    }

    /// <summary>Whether a text is a number with a fraction, or with an exponent.</summary>
    private static bool IsFraction(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number);

    private long? ParsePermits(string name, string text)
    {
        if (!text.EndsWith('B'))
        {
            return ParseNumber(name, text);
        }

        if (Sizes.TryParse(text, out var bytes, out var error))
        {
            return bytes;
        }

        Fault(name, $"'{name}': {error}");
        return null;
    }

    public long Duration(string name, string what, long standIn = TimeSpan.TicksPerSecond) =>
        OptionalDuration(name, Need(name, what)) ?? standIn;

    public long? OptionalDuration(string name, RuleNode? node)
    {
        if (Text(name, node) is not { } text)
        {
            return null;
        }

        if (Durations.TryParse(text, out var ticks, out var error))
        {
            return ticks;
        }

        Fault(name, $"'{name}': {error}");
        return null;
    }

    public Rate Rate(string name, string what)
    {
        var standIn = new Rate(1, TimeSpan.TicksPerSecond);
        if (Text(name, Need(name, what)) is not { } text)
        {
            return standIn;
        }

        if (Core.Limiters.Rate.TryParse(text, out var rate, out var error))
        {
            return rate;
        }

        Fault(name, $"'{name}': {error}");
        return standIn;
    }

    /// <summary>One word of an enumeration, in lower case; <paramref name="standIn"/> where it is missing or faulty.</summary>
    public T Word<T>(string name, T standIn)
        where T : struct, Enum
    {
        if (Text(name, Find(name)) is not { } text)
        {
            return standIn;
        }

        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString().ToLowerInvariant(), text, StringComparison.Ordinal))
            {
                return value;
            }
        }

        var words = Enum.GetNames<T>().Select(word => word.ToLowerInvariant()).ToList();
        Fault(name, $"'{name}' is '{Shown.Of(text)}'; use {string.Join(", ", words)}.{Nearest.Hint(text, words)}");
        return standIn;
    }

    /// <summary><c>true</c> or <c>false</c>, which it is where it is missing or faulty.</summary>
    public bool Flag(string name)
    {
        var text = Text(name, Find(name));
        if (text is not (null or "true" or "false"))
        {
            Fault(name, $"'{name}' is '{Shown.Of(text)}'; use true or false.");
        }

        return text is "true";
    }

    /// <summary>A single value or a list of them.</summary>
    public ValueList<string> Texts(string name, RuleNode? node)
    {
        switch (node)
        {
            case null:
                return [];
            case RuleScalar scalar:
                return [scalar.Text];
            case RuleList list:
                return [.. list.Items.Select((item, i) => Item(name, item, i))];
            default:
                Fault(name, $"'{name}' is {node.Kind}; use a single value or a list of them.", node.Line);
                return [];
        }
    }

    /// <summary>To be called last: every field that nobody asked for is a fault.</summary>
    public void RefuseOthers()
    {
        foreach (var (name, _) in _map.Entries.DistinctBy(entry => entry.Name.Text, StringComparer.Ordinal))
        {
            if (!_known.Contains(name.Text))
            {
                Fault(
                    name.Text,
                    $"'{Shown.Of(name.Text)}' is not known here; use {string.Join(", ", _known)}.{Nearest.Hint(name.Text, _known)}",
                    name.Line);
            }
        }
    }

    public void Fault(string name, string message, int line = 0) => _faults.Add(PathOf(name), line, message);

    private string Item(string name, RuleNode item, int i)
    {
        var path = $"{name}[{i}]";
        _faults.Place(PathOf(path), item.Line);
        if (item is RuleScalar { IsNull: false } scalar)
        {
            return scalar.Text;
        }

        Fault(path, $"An item of '{name}' is {item.Kind}; use a single value.", item.Line);
        return "?";
    }
}
