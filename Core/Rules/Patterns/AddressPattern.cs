using System.Globalization;

namespace Throttle.Core.Rules.Patterns;

/// <summary>
/// Finds patterns that are meant for addresses and can match none: netmasks, ranges, ports, zones. Without this they would be
/// exact texts, and the rule would never apply.
/// </summary>
internal static class AddressPattern
{
    // More blocks than this are no help in a message.
    private const int MostBlocksNamed = 8;

    /// <summary>What is wrong with a pattern under an attribute that holds an address, as the second half of a sentence, or null.</summary>
    public static string? FaultOf(string text)
    {
        if (text.Contains('\\', StringComparison.Ordinal))
        {
            // A backslash says that the text itself is meant.
            return null;
        }

        var hasColon = text.Contains(':', StringComparison.Ordinal);
        if (text.Contains('*', StringComparison.Ordinal))
        {
            return hasColon || text.Contains('/', StringComparison.Ordinal)
                ? "a star cannot stand in a block or in an IPv6 address, which can be spelled in several ways; use a block such as 2001:db8::/32"
                : null;
        }

        if (text.Contains('/', StringComparison.Ordinal))
        {
            return MaskFault(text) ?? BlockFault(text);
        }

        return RangeFault(text) ?? (hasColon || char.IsAsciiDigit(text[0]) || text[0] is '[' ? AddressFault(text) : null);
    }

    /// <summary>The fault of an address with a netmask, or null where the text is no such thing. Both sides are addresses.</summary>
    public static string? MaskFault(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0
            || !AddressBlock.TryParseAddress(text.AsSpan(0, slash), out var address)
            || !AddressBlock.TryParseAddress(text.AsSpan(slash + 1), out var mask)
            || mask.IsV4 != address.IsV4)
        {
            return null;
        }

        var most = address.PrefixLength;
        var all = address.IsV4 ? uint.MaxValue : UInt128.MaxValue;
        var shown = text[(slash + 1)..];
        foreach (var (bits, kind) in new[] { (mask.Bits, "a netmask"), (~mask.Bits & all, "a wildcard mask") })
        {
            var length = (int)UInt128.PopCount(bits);
            if (address.Widen(length).Bits == (address.Bits & bits) && AddressBlock.Mask(length, address.IsV4) == bits)
            {
                return $"'{shown}' is {kind}; write the prefix length: {address.Widen(length)}";
            }
        }

        return $"'{shown}' is no netmask, since its ones do not stand together; use a prefix length from 0 to {most}";
    }

    private static string? BlockFault(string text) => AddressBlock.TryParseBlock(text, out _, out var error) ? null : error;

    private static string? RangeFault(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash <= 0 || !AddressBlock.TryParseAddress(text.AsSpan(0, dash).Trim(), out var first))
        {
            return null;
        }

        var end = text.AsSpan(dash + 1).Trim();
        var isLastNumber = byte.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && first.IsV4;
        var last = isLastNumber ? first with { Bits = (first.Bits & ~(UInt128)0xFF) | number } : default;
        if ((!isLastNumber && !AddressBlock.TryParseAddress(end, out last)) || last.IsV4 != first.IsV4 || last.Bits < first.Bits)
        {
            return "a range of addresses cannot be given; use blocks such as 10.0.0.0/29";
        }

        var blocks = BlocksOf(first, last.Bits);
        return blocks.Count > MostBlocksNamed
            ? "a range of addresses cannot be given; use blocks such as 10.0.0.0/29"
            : $"a range of addresses cannot be given; write {(blocks.Count == 1 ? blocks[0].ToString() : $"[{string.Join(", ", blocks)}]")}";
    }

    /// <summary>The fewest blocks that hold the addresses from one to another; one too many for a message where there are more.</summary>
    private static List<AddressBlock> BlocksOf(AddressBlock first, UInt128 last)
    {
        var width = first.PrefixLength;
        var blocks = new List<AddressBlock>();
        var next = first.Bits;
        while (blocks.Count <= MostBlocksNamed)
        {
            var size = next == 0 ? width : Math.Min(width, (int)UInt128.TrailingZeroCount(next));
            while (~AddressBlock.Mask(128 - size, isV4: false) > last - next)
            {
                size--;
            }

            blocks.Add(first with { Bits = next, PrefixLength = width - size });
            var end = next + ~AddressBlock.Mask(128 - size, isV4: false);
            if (end >= last)
            {
                break;
            }

            next = end + 1;
        }

        return blocks;
    }

    /// <summary>Why a text that looks like an address matches none, or null where it is one.</summary>
    private static string? AddressFault(string text)
    {
        var zone = text.IndexOf('%', StringComparison.Ordinal);
        if (AddressBlock.TryParseAddress(text, out var address))
        {
            return zone < 0 ? null : $"the address has a zone, which is not compared; write {address.Spell("")}";
        }

        if (AddressBlock.TryParseAddress(WithoutPort(text), out address))
        {
            return $"the address has a port or brackets; write {address.Spell("")}";
        }

        var plain = string.Join('.', text.Split('.').Select(part => part.TrimStart('0') is { Length: > 0 } digits ? digits : "0"));
        return AddressBlock.TryParseAddress(plain, out address)
            ? $"the address has a number with leading zeros, which some readers take for octal; write {address.Spell("")}"
            : "it is no address; use four numbers from 0 to 255 such as 10.0.0.1, an IPv6 address, or a block such as 10.0.0.0/8";
    }

    private static ReadOnlySpan<char> WithoutPort(string text)
    {
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            return end < 0 ? text : text.AsSpan(1, end - 1);
        }

        var colon = text.LastIndexOf(':');
        return colon < 0 ? text : text.AsSpan(0, colon);
    }
}
