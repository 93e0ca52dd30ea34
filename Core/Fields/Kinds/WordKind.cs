using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Throttle.Core.Fields;

/// <summary>One word of an enumeration. <c>FirstUse</c> is written <c>first-use</c>.</summary>
internal sealed partial class WordKind<TEnum> : FieldKind<TEnum>
    where TEnum : struct, Enum
{
    private static readonly (TEnum Value, string Word)[] Words =
        [.. Enum.GetValues<TEnum>().Select(value => (value, Capital().Replace(value.ToString(), "-$0").ToLower(CultureInfo.InvariantCulture)))];

    private static readonly string[] AllWords = [.. Words.Select(pair => pair.Word)];

    public override string Type => "word";

    public override string Range => string.Join(", ", AllWords);

    public override string Advice => $"use {Range}";

    public override TEnum Read(MapReader from, string name, FieldNode node, TEnum standIn)
    {
        if (from.Text(name, node) is not { } text)
        {
            return standIn;
        }

        if (TryFind(text, out var value))
        {
            return value;
        }

        from.Fault(name, $"'{name}' is '{ShownText.Of(text)}'; use {Range}.{Nearest.Hint(text, AllWords)}");
        return standIn;
    }

    public override JsonNode Write(TEnum value) => Show(value);

    public override string Show(TEnum value) => Array.Find(Words, pair => pair.Value.Equals(value)).Word ?? value.ToString();

    public override void Check(string path, string name, TEnum value, Action<string, string> add)
    {
        if (!Enum.IsDefined(value))
        {
            add(path, $"{name} is {value}; use one of {Range}");
        }
    }

    // As its number: limits travel with calls, and a text costs more than all the rest of them.
    public override void Pack(TEnum value, PackWriter to) => to.Add(Unsafe.BitCast<TEnum, int>(value));

    public override TEnum Unpack(PackReader from, TEnum standIn)
    {
        if (!from.TryNumber(out var number))
        {
            return standIn;
        }

        foreach (var (value, _) in Words)
        {
            if (Unsafe.BitCast<TEnum, int>(value) == number)
            {
                return value;
            }
        }

        throw new FormatException($"{number} is not the number of one of {Range}, which this version of Throttle knows.");
    }

    public override JsonObject Schema() => new() { ["type"] = "string", ["enum"] = new JsonArray([.. AllWords.Select(word => (JsonNode)word)]) };

    private static bool TryFind(string? text, out TEnum value)
    {
        foreach (var pair in Words)
        {
            if (string.Equals(pair.Word, text, StringComparison.Ordinal))
            {
                value = pair.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex Capital();
}
