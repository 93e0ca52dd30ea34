using Throttle.Core.Rules.Patterns;

namespace Throttle.Core;

/// <summary>
/// The one spelling of an address, so that one address makes one bucket however it was written: IPv4 as four decimal numbers,
/// also where it came as an IPv6 address (<c>::ffff:1.2.3.4</c>); IPv6 as RFC 5952 says, in lower case, with the longest run of
/// zeros left out, and without a zone.
/// </summary>
public static class AddressText
{
    // A rule file cannot say what an attribute holds; these hold addresses by convention, the second in Envoy's configuration.
    private static readonly string[] AttributeNames = ["ip", "remote_address"];

    /// <summary>The most characters that <see cref="Canonicalize"/> makes of an address.</summary>
    public const int MaxLength = 45;

    /// <summary>The spelling of an address; a text that is no address comes back as it is.</summary>
    /// <remarks>
    /// An address has no port, no brackets and no blanks, and its decimal numbers have no leading zeros, which some readers take
    /// for octal. Nothing is allocated where the text is already spelled so, and for texts that are no addresses.
    /// </remarks>
    public static string Canonicalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        // Four decimal numbers have one spelling only.
        if (!text.Contains(':', StringComparison.Ordinal) || !AddressBlock.TryParseAddress(text, out var address))
        {
            return text;
        }

        return address.Spell(text);
    }

    /// <summary>
    /// Whether an attribute of this name holds an address: <c>ip</c>, and Envoy's <c>remote_address</c>. Its values are matched and
    /// make keys in their one spelling.
    /// </summary>
    public static bool IsAddressAttribute(string name) => AttributeNames.Contains(name, StringComparer.Ordinal);
}
