using System.Globalization;
using System.Text;
using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules;

/// <summary>
/// One attribute of a rule's key, and what is made of its value: <c>user</c>, <c>ip/64</c>, <c>ip/24,56</c>, <c>user|trim|lower</c>.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>/64</c> takes the block that an address is in: up to 32 is a prefix of IPv4, above it one of IPv6; two numbers are one of
/// each, IPv4 first. An address of the other kind stays whole, and a text that is no address stays as it is.</item>
/// <item><c>|trim</c> drops blanks at both ends, <c>|lower</c> folds to lower case; the trim comes first and the case last.</item>
/// <item>An attribute that holds an address (<see cref="AddressText.IsAddressAttribute"/>) is always taken in its one spelling.</item>
/// <item>A backslash takes the meaning from the character after it, for names that hold <c>/</c>, <c>|</c>, <c>,</c> or <c>\</c>.</item>
/// </list>
/// A part that cannot be read is a fault of its rule, not an exception here. Equal parts make equal keys.
/// </remarks>
public sealed class KeyPart : IEquatable<KeyPart>
{
    private const string Special = "/|,\\";

    private readonly int? _v4;
    private readonly int? _v6;
    private readonly bool _isAddress;
    private readonly bool _trims;
    private readonly bool _lowers;
    private readonly string _text;

    /// <summary>Reads a part as a rule file writes it.</summary>
    public KeyPart(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var name = new StringBuilder();
        var end = ReadName(text, name, out var hasComma);
        Attribute = name.ToString();
        var words = text[end..].Split('|');
        Fault = ReadBlock(words[0], out _v4, out _v6);
        Fault ??= hasComma
            ? $"holds a comma; write a list such as [{string.Join(", ", Attribute.Split(',', StringSplitOptions.TrimEntries))}], or \\, for a comma"
            : null;
        foreach (var word in words.AsSpan(1))
        {
            _trims |= word is "trim";
            _lowers |= word is "lower";
            Fault ??= word is "trim" or "lower" ? null : $"has '{ShownText.Of(word)}' after a bar; use trim or lower";
        }

        _isAddress = _v4 is not null || _v6 is not null || AddressText.IsAddressAttribute(Attribute);
        IsPlain = !_isAddress && !_trims && !_lowers;
        _text = Fault is null ? Write() : text;
    }

    /// <summary>The attribute's name.</summary>
    public string Attribute { get; }

    /// <summary>Whether a value is taken as it is.</summary>
    public bool IsPlain { get; }

    /// <summary>What is wrong, to follow the part in a sentence, or null.</summary>
    internal string? Fault { get; }

    /// <summary>Whether it takes a block of addresses.</summary>
    internal bool TakesBlock => _v4 is not null || _v6 is not null;

    /// <summary>Reads a part as a rule file writes it.</summary>
    public static implicit operator KeyPart(string text) => new(text);

    /// <summary>Reads a part as a rule file writes it.</summary>
    public static KeyPart FromString(string text) => new(text);

    /// <summary>The attribute of this name, whatever characters it holds, its values as they are.</summary>
    public static KeyPart ForAttribute(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new(Escape(name));
    }

    /// <summary>
    /// What a value is in the key. Doing it again changes nothing, so that a bucket is found by its key and by any spelling of it.
    /// Nothing is allocated where the value is that already.
    /// </summary>
    public string Normalize(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (IsPlain)
        {
            return value;
        }

        value = _trims ? value.Trim() : value;
        value = _isAddress ? NormalizeAddress(value) : value;
        return _lowers ? value.ToLowerInvariant() : value;
    }

    /// <summary>The part as a rule file writes it.</summary>
    public override string ToString() => _text;

    /// <inheritdoc/>
    public bool Equals(KeyPart? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as KeyPart);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(_text, StringComparison.Ordinal);

    private static string Escape(string name)
    {
        if (!name.AsSpan().ContainsAny(Special))
        {
            return name;
        }

        return string.Concat(name.Select(c => Special.Contains(c, StringComparison.Ordinal) ? $"\\{c}" : c.ToString()));
    }

    /// <summary>The name before the first character that has a meaning; the place of that character.</summary>
    private static int ReadName(string text, StringBuilder name, out bool hasComma)
    {
        var i = 0;
        hasComma = false;
        while (i < text.Length && text[i] is not ('/' or '|'))
        {
            hasComma |= text[i] == ',';
            i += text[i] == '\\' && i + 1 < text.Length ? 1 : 0;
            name.Append(text[i++]);
        }

        return i;
    }

    /// <summary>Reads what stands between the name and the first bar: nothing, or a slash and one or two prefix lengths.</summary>
    private static string? ReadBlock(string text, out int? v4, out int? v6)
    {
        (v4, v6) = (null, null);
        if (text.Length == 0)
        {
            return null;
        }

        var numbers = text[1..].Split(',');
        if (numbers.Length <= 2
            && TryRead(numbers[0], out var first)
            && (numbers.Length == 1 || (first <= 32 && TryRead(numbers[1], out _))))
        {
            v4 = first <= 32 ? first : null;
            v6 = first > 32 ? first : numbers.Length == 2 ? int.Parse(numbers[1], CultureInfo.InvariantCulture) : null;
            return null;
        }

        return $"has '{ShownText.Of(text[1..])}' after a slash; use a prefix length, 1 to 32 for IPv4 and 33 to 128 for IPv6, "
            + "or both such as 24,64; where the slash is part of the attribute's name write \\/";
    }

    private static bool TryRead(string text, out int length) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length) && length is >= 1 and <= 128 && text[0] != '0';

    private string NormalizeAddress(string value)
    {
        if (!TakesBlock)
        {
            return AddressText.Canonicalize(value);
        }

        var slash = value.IndexOf('/', StringComparison.Ordinal);
        if (!AddressBlock.TryParseAddress(slash < 0 ? value : value.AsSpan(0, slash), out var address))
        {
            return value;
        }

        // A block is taken for what it is only where it has the length that the key makes.
        var length = address.IsV4 ? _v4 ?? 32 : _v6 ?? 128;
        if (slash >= 0 && (length == address.PrefixLength || !value.AsSpan(slash + 1).SequenceEqual(length.ToString(CultureInfo.InvariantCulture))))
        {
            return value;
        }

        return address.Widen(length).Spell(value);
    }

    private string Write()
    {
        var text = new StringBuilder(Escape(Attribute));
        if (TakesBlock)
        {
            text.Append('/').AppendJoin(',', new[] { _v4, _v6 }.Where(length => length is not null));
        }

        return text.Append(_trims ? "|trim" : "").Append(_lowers ? "|lower" : "").ToString();
    }
}
