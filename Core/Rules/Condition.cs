using Throttle.Core.Rules.Patterns;

namespace Throttle.Core.Rules;

/// <summary>One attribute that must match at least one of some patterns. Case counts.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>A pattern without a star is exact text: <c>GET</c>.</item>
/// <item>In a pattern without a slash, <c>*</c> is any text, also none: <c>abc*</c> is a prefix, <c>*</c> any value at all.</item>
/// <item>In a pattern with a slash, <c>*</c> is any text within one segment, so it stops at <c>/</c>; <c>**</c> is any text,
/// slashes included. <c>/api/*</c> matches <c>/api/x</c> and <c>/api/</c>, not <c>/api/x/y</c>; <c>/api/**</c> matches all
/// three; neither matches <c>/api</c>.</item>
/// <item><c>**</c> as a whole segment with a slash after it also matches no segment: <c>/a/**/b</c> matches <c>/a/b</c> and
/// <c>/a/x/y/b</c>.</item>
/// <item>An address, a slash and a number is a CIDR block: <c>10.0.0.0/8</c>, <c>fd00::/8</c>. IPv4 addresses written as IPv6
/// (<c>::ffff:10.0.0.1</c>) are in the IPv4 blocks; a value that is no address is in none. An address without a slash is exact text.</item>
/// <item>Under an attribute that holds an address (<see cref="AddressText.IsAddressAttribute"/>) an address matches all its spellings,
/// whatever has a slash must be a block, and netmasks, ranges, ports and zones are faults.</item>
/// <item>Texts that are meant in another language are faults, since they would never match: <c>!acme</c>, <c>~regex</c>, <c>&gt;5</c>,
/// and <c>GET, POST</c> where a list is meant.</item>
/// <item>A backslash takes the meaning from the character after it: <c>\*</c> is a star, <c>\\</c> a backslash.</item>
/// </list>
/// </remarks>
/// <param name="Attribute">The attribute's name, 1 to <see cref="RuleLimits.MaxAttributeNameLength"/> characters.</param>
/// <param name="Patterns">
/// 1 to <see cref="RuleLimits.MaxPatterns"/> patterns, each 1 to <see cref="RuleLimits.MaxPatternLength"/> characters.
/// </param>
public sealed record Condition(string Attribute, ValueList<string> Patterns)
{
    /// <summary>A condition with one pattern.</summary>
    public Condition(string attribute, string pattern)
        : this(attribute, [pattern])
    {
    }

    /// <summary>The pattern that matches a text and nothing else, whatever it holds.</summary>
    public static string Exactly(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return GlobParser.Escape(text);
    }
}
