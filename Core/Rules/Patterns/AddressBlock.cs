using System.Globalization;
using System.Net;

namespace Throttle.Core.Rules.Patterns;

/// <summary>
/// An address, or a block of them. An IPv4 address is one of 32 bits, also where it is written as an IPv6 one
/// (<c>::ffff:10.0.0.1</c>).
/// </summary>
/// <param name="Bits">The address, its last bit lowest; the bits after the prefix are zero.</param>
/// <param name="PrefixLength">0 to 32 or 128.</param>
/// <param name="IsV4">Whether it is of IPv4.</param>
internal readonly record struct AddressBlock(UInt128 Bits, int PrefixLength, bool IsV4)
{
    private const int MappedPrefix = 96;
    private const int Groups = 8;

    /// <summary>The block of this length that holds the same address.</summary>
    public AddressBlock Widen(int prefixLength) => this with { Bits = Bits & Mask(prefixLength, IsV4), PrefixLength = prefixLength };

    /// <summary>Whether an address is in the block.</summary>
    public bool Contains(in AddressBlock address) => address.IsV4 == IsV4 && (address.Bits & Mask(PrefixLength, IsV4)) == Bits;

    /// <summary>
    /// Whether a text is meant as a block: an address, or something that fails to be one by its numbers only, a slash and digits.
    /// </summary>
    public static bool LooksLikeBlock(ReadOnlySpan<char> text)
    {
        var slash = text.LastIndexOf('/');
        if (slash <= 0 || slash == text.Length - 1 || text[(slash + 1)..].ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        var address = text[..slash];
        return address.Contains(':')
            ? !address.ContainsAnyExcept("0123456789abcdefABCDEF:.")
            : address.Count('.') == 3 && !address.ContainsAnyExcept("0123456789.");
    }

    /// <summary>Parses a block such as <c>10.0.0.0/8</c>; <paramref name="error"/> says what is wrong otherwise.</summary>
    public static bool TryParseBlock(ReadOnlySpan<char> text, out AddressBlock block, out string error)
    {
        block = default;
        error = "";
        var slash = text.LastIndexOf('/');
        if (!TryParseAddress(text[..slash], out var address) || text[..slash].Contains('%'))
        {
            error = $"'{text[..slash]}' is not an address";
            return false;
        }

        var isMapped = address.IsV4 && text[..slash].Contains(':');
        var most = address.IsV4 && !isMapped ? 32 : 128;
        var hasLeadingZero = text[(slash + 1)..].Length > 1 && text[slash + 1] == '0';
        if (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > most || hasLeadingZero)
        {
            error = $"the prefix length is {text[(slash + 1)..]}; use 0 to {most}";
            return false;
        }

        if (isMapped && length < MappedPrefix)
        {
            error = $"the prefix length is {length}; in a mapped IPv4 address use {MappedPrefix} to 128";
            return false;
        }

        length -= isMapped ? MappedPrefix : 0;
        block = address.Widen(length);
        if (block.Bits != address.Bits)
        {
            error = $"the address has bits after its prefix; the block is {block}";
            return false;
        }

        return true;
    }

    /// <summary>Parses one address, without an allocation: four decimal numbers, or IPv6 with or without a zone, which is ignored.</summary>
    public static bool TryParseAddress(ReadOnlySpan<char> text, out AddressBlock address)
    {
        address = default;
        if (!text.Contains(':'))
        {
            var isV4 = TryParseV4(text, out var bits);
            address = new AddressBlock(bits, 32, IsV4: true);
            return isV4;
        }

        var zone = text.IndexOf('%');
        if (!TryParseV6(zone < 0 ? text : text[..zone], out var wide))
        {
            return false;
        }

        address = wide >> 32 == 0xFFFF
            ? new AddressBlock(wide & uint.MaxValue, 32, IsV4: true)
            : new AddressBlock(wide, 128, IsV4: false);
        return true;
    }

    /// <summary>Writes the address, without its prefix length, as <see cref="AddressText"/> spells it.</summary>
    /// <param name="text">Room for <see cref="AddressText.MaxLength"/> characters.</param>
    /// <returns>The characters written.</returns>
    public int FormatAddress(Span<char> text)
    {
        if (IsV4)
        {
            return FormatV4((uint)Bits, text);
        }

        var hasV4Tail = HasV4Tail();
        var groups = hasV4Tail ? Groups - 2 : Groups;
        var (gapStart, gapLength) = FindLongestGap(groups);
        var length = 0;
        for (var i = 0; i < groups; i++)
        {
            if (i == gapStart)
            {
                text[length++] = ':';
                i += gapLength - 1;
                text[length] = ':';
                length += i == groups - 1 ? 1 : 0;
                continue;
            }

            text[length] = ':';
            length += i > 0 ? 1 : 0;
            Group(i).TryFormat(text[length..], out var written, "x", CultureInfo.InvariantCulture);
            length += written;
        }

        if (!hasV4Tail)
        {
            return length;
        }

        if (text[length - 1] != ':')
        {
            text[length++] = ':';
        }

        return length + FormatV4((uint)(Bits & uint.MaxValue), text[length..]);
    }

    /// <summary>The block, an address without its prefix length; <paramref name="given"/> itself where it is spelled so already.</summary>
    public string Spell(string given)
    {
        const int longestLength = 4;
        Span<char> text = stackalloc char[AddressText.MaxLength + longestLength];
        var length = FormatAddress(text);
        if (PrefixLength < (IsV4 ? 32 : 128))
        {
            text[length..].TryWrite(CultureInfo.InvariantCulture, $"/{PrefixLength}", out var written);
            length += written;
        }

        return text[..length].SequenceEqual(given) ? given : text[..length].ToString();
    }

    public override string ToString()
    {
        Span<char> text = stackalloc char[AddressText.MaxLength];
        return string.Create(CultureInfo.InvariantCulture, $"{text[..FormatAddress(text)]}/{PrefixLength}");
    }

    private static int FormatV4(uint bits, Span<char> text)
    {
        text.TryWrite(
            CultureInfo.InvariantCulture, $"{bits >> 24}.{(bits >> 16) & 0xFF}.{(bits >> 8) & 0xFF}.{bits & 0xFF}", out var written);
        return written;
    }

    private ushort Group(int index) => (ushort)((Bits >> (16 * (Groups - 1 - index))) & 0xFFFF);

    /// <summary>Whether the last 32 bits are by convention written as an IPv4 address; as <see cref="IPAddress"/> has it.</summary>
    private bool HasV4Tail()
    {
        var middle = ((uint)Group(4) << 16) | Group(5);
        return middle == 0x5EFE || (Bits >> 64 == 0 && Group(6) != 0 && middle is 0 or 0xFFFF0000);
    }

    /// <summary>The longest run of two or more zero groups, the first where there are several; it starts at -1 where there is none.</summary>
    private (int Start, int Length) FindLongestGap(int groups)
    {
        var (bestStart, bestLength) = (-1, 1);
        var start = 0;
        for (var i = 0; i < groups; i++)
        {
            if (Group(i) != 0)
            {
                start = i + 1;
            }
            else if (i + 1 - start > bestLength)
            {
                (bestStart, bestLength) = (start, i + 1 - start);
            }
        }

        return (bestStart, bestLength);
    }

    /// <summary>The ones of a prefix.</summary>
    public static UInt128 Mask(int prefixLength, bool isV4)
    {
        var width = isV4 ? 32 : 128;
        var ones = isV4 ? uint.MaxValue : UInt128.MaxValue;

        // A shift by the full width would shift by zero.
        return prefixLength == 0 ? 0 : ones & ~((UInt128.One << (width - prefixLength)) - 1);
    }

    private static bool TryParseV4(ReadOnlySpan<char> text, out uint bits)
    {
        bits = 0;
        var numbers = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            var isNumber = part.Length is 1 or 2 or 3 && (part.Length == 1 || part[0] != '0');
            if (++numbers > 4 || !isNumber || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            bits = (bits << 8) | number;
        }

        return numbers == 4;
    }

    private static bool TryParseV6(ReadOnlySpan<char> text, out UInt128 bits)
    {
        bits = 0;
        var gap = text.IndexOf("::");
        if (gap < 0)
        {
            return TryParseGroups(text, out bits, out var count) && count == Groups;
        }

        if (!TryParseGroups(text[..gap], out var head, out var before, allowV4: false)
            || !TryParseGroups(text[(gap + 2)..], out var tail, out var after)
            || before + after >= Groups)
        {
            return false;
        }

        bits = (before == 0 ? 0 : head << (16 * (Groups - before))) | tail;
        return true;
    }

    /// <summary>Groups of four hexadecimal digits with colons between; the last two may be written as an IPv4 address.</summary>
    private static bool TryParseGroups(ReadOnlySpan<char> text, out UInt128 bits, out int count, bool allowV4 = true)
    {
        bits = 0;
        count = 0;
        if (text.IsEmpty)
        {
            return true;
        }

        foreach (var range in text.Split(':'))
        {
            var part = text[range];
            if (allowV4 && range.End.GetOffset(text.Length) == text.Length && part.Contains('.') && TryParseV4(part, out var v4))
            {
                bits = (bits << 32) | v4;
                count += 2;
            }
            else if (part.Length is >= 1 and <= 4
                && ushort.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var group))
            {
                bits = (bits << 16) | group;
                count++;
            }
            else
            {
                return false;
            }

            if (count > Groups)
            {
                return false;
            }
        }

        return true;
    }
}
