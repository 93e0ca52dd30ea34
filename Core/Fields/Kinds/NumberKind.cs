using System.Globalization;
using System.Text.Json.Nodes;
using Throttle.Core.Limiters;

namespace Throttle.Core.Fields;

/// <summary>A whole number.</summary>
/// <param name="min">The smallest, inclusive.</param>
/// <param name="max">The largest, inclusive.</param>
/// <param name="isPermits">Whether it counts permits, which are bytes where a permit is a byte: then <c>64KiB</c> is read too.</param>
internal sealed class NumberKind(long min, long max, bool isPermits = false) : FieldKind<long>
{
    private const string FractionHint = " For fractions count smaller units: in tenths, 2.5 is 25, with rates and costs ten times as large.";

    /// <summary>Whether the range is checked by somebody who knows more.</summary>
    public bool IsCheckedTogether { get; init; }

    /// <summary>The range, if it is more than two numbers.</summary>
    public string? RangeText { get; init; }

    public override string Type => isPermits ? "permits" : "number";

    public override string Range => RangeText ?? string.Create(CultureInfo.InvariantCulture, $"{min} to {max}");

    public override string Advice => $"use a whole number from {min}";

    public override long Read(MapReader from, string name, FieldNode node, long standIn)
    {
        if (from.Text(name, node) is not { } text)
        {
            return standIn;
        }

        if (!isPermits || !text.EndsWith('B'))
        {
            return Parse(from, name, text) ?? standIn;
        }

        if (Sizes.TryParse(text, out var bytes, out var error))
        {
            return bytes;
        }

        from.Fault(name, $"'{name}': {error}");
        return standIn;
    }

    /// <summary>A whole number with or without a sign; one that does not fit counts as the nearest that does.</summary>
    public static long? Parse(MapReader from, string name, string text)
    {
        var digits = text.AsSpan().TrimStart("+-");
        var isWhole = !digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9') && text.Length - digits.Length <= 1;
        if (!isWhole)
        {
            from.Fault(name, $"'{name}' is '{ShownText.Of(text)}'; use a whole number.{(IsFraction(text) ? FractionHint : "")}");
            return null;
        }

        // A number that does not fit is out of every range; the check names the range that it should be in.
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : text[0] == '-' ? long.MinValue : long.MaxValue;
    }

    public override JsonNode Write(long value) => value;

    public override string Show(long value) => isPermits ? Sizes.FormatPermits(value) : value.ToString(CultureInfo.InvariantCulture);

    public override void Check(string path, string name, long value, Action<string, string> add)
    {
        if (!IsCheckedTogether && (value < min || value > max))
        {
            add(path, $"{name} is {value}; use {min} to {max}");
        }
    }

    public override void Pack(long value, PackWriter to) => to.Add(value);

    public override long Unpack(PackReader from, long standIn) => from.TryNumber(out var value) ? value : standIn;

    public override JsonObject Schema()
    {
        var number = new JsonObject { ["type"] = "integer", ["format"] = "int64", ["minimum"] = min, ["maximum"] = max };
        return isPermits
            ? new() { ["oneOf"] = new JsonArray(number, new JsonObject { ["type"] = "string", ["examples"] = new JsonArray("64KiB") }) }
            : number;
    }

    private static bool IsFraction(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number);
}
