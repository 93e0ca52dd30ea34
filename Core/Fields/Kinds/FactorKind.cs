using System.Text.Json.Nodes;
using Throttle.Core.Limiters;

namespace Throttle.Core.Fields;

/// <summary>A share or a multiple, such as 0.15.</summary>
/// <param name="min">The smallest, inclusive.</param>
/// <param name="max">The largest, inclusive.</param>
internal sealed class FactorKind(Factor min, Factor max) : FieldKind<Factor>
{
    /// <summary>The range, if it is more than two numbers; it is checked by somebody who knows more then.</summary>
    public string? RangeText { get; init; }

    public override string Type => "factor";

    public override string Range => RangeText ?? $"{min} to {max}";

    public override string Advice => "use a factor such as 0.15";

    public override Factor Read(MapReader from, string name, FieldNode node, Factor standIn)
    {
        if (from.Text(name, node) is not { } text)
        {
            return standIn;
        }

        if (Factor.TryParse(text, out var factor, out var error))
        {
            return factor;
        }

        from.Fault(name, $"'{name}': {error}");
        return standIn;
    }

    public override JsonNode Write(Factor value) => value.Value;

    public override string Show(Factor value) => value.ToString();

    public override void Check(string path, string name, Factor value, Action<string, string> add)
    {
        if (RangeText is null && (value < min || value > max))
        {
            add(path, $"{name} is {value}; use {min} to {max}");
        }
    }

    public override void Pack(Factor value, PackWriter to) => to.Add(value.Billionths);

    public override Factor Unpack(PackReader from, Factor standIn) => from.TryNumber(out var billionths) ? new(billionths) : standIn;

    public override JsonObject Schema() => new() { ["type"] = "number", ["minimum"] = min.Value, ["maximum"] = max.Value };
}
