using System.Text.Json.Nodes;
using Throttle.Core.Time;

namespace Throttle.Core.Fields;

/// <summary>A duration in ticks.</summary>
/// <param name="min">The shortest, inclusive.</param>
/// <param name="max">The longest, inclusive.</param>
internal sealed class DurationKind(long min, long max) : FieldKind<long>
{
    /// <summary>Whether 0 means that there is none; it is left out then.</summary>
    public bool ZeroIsNone { get; init; }

    /// <summary>Whether the range is checked by somebody who knows more.</summary>
    public bool IsCheckedTogether { get; init; }

    /// <summary>The range, if it is more than two numbers.</summary>
    public string? RangeText { get; init; }

    public override string Type => "duration";

    public override string Range => RangeText ?? $"{Durations.Format(min)} to {Durations.Format(max)}";

    public override string Advice => "use a duration such as 10s";

    /// <summary>A duration as a message shows it, negative ones in ticks.</summary>
    public static string Text(long ticks) => ticks < 0 ? $"{ticks} ticks" : Durations.Format(ticks);

    public override long Read(MapReader from, string name, FieldNode node, long standIn)
    {
        if (from.Text(name, node) is not { } text)
        {
            return standIn;
        }

        if (Durations.TryParse(text, out var ticks, out var error))
        {
            return ticks;
        }

        from.Fault(name, $"'{name}': {error}");
        return standIn;
    }

    public override JsonNode? Write(long value) => Show(value);

    public override string? Show(long value) => ZeroIsNone && value == 0 ? null : Text(value);

    public override void Check(string path, string name, long value, Action<string, string> add)
    {
        if (!IsCheckedTogether && (value < min || value > max))
        {
            add(path, $"{name} is {Text(value)}; use {Range}");
        }
    }

    public override void Pack(long value, PackWriter to) => to.Add(value);

    public override long Unpack(PackReader from, long standIn) => from.TryNumber(out var value) ? value : standIn;

    public override JsonObject Schema() => new() { ["type"] = "string", ["format"] = "duration-text", ["examples"] = new JsonArray("10s", "1m") };
}
