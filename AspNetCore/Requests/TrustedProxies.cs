using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Throttle.AspNetCore.Requests;

/// <summary>
/// Whose word about the client is believed. Each proxy writes the address that it was called from at the end of <c>X-Forwarded-For</c>
/// or <c>Forwarded</c>; the list is read from its end, and only as far as those who wrote it are trusted, since whoever calls may send
/// anything at its beginning.
/// </summary>
/// <remarks>
/// A connection without an address (a Unix socket, a test server) counts as this machine's. An entry that is no address ends the
/// reading: the client is then the proxy that wrote it. So do an element of <c>Forwarded</c> that is malformed, and one whose <c>for</c> is
/// missing, <c>unknown</c> or hidden (<c>_x</c>).
/// </remarks>
public sealed class TrustedProxies
{
    /// <summary>The most proxies that can be counted on.</summary>
    public const int MaxCount = 100;

    private readonly int? _count;
    private readonly ImmutableArray<IPNetwork> _networks;

    /// <summary>Trusts proxies by how many there are, by where they are, or by both.</summary>
    /// <param name="count">
    /// How many proxies in a row are trusted, 0 to <see cref="MaxCount"/>; null for as many as the networks hold. Without networks every
    /// request must come through that many: whoever can reach the application beside them names itself as it likes.
    /// </param>
    /// <param name="networks">Where proxies are; none for anywhere.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is out of range.</exception>
    public TrustedProxies(int? count, params IEnumerable<IPNetwork> networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        if (count is < 0 or > MaxCount)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"count is {count}; use 0 to {MaxCount}.");
        }

        _count = count;
        _networks = [.. networks.Select(Plain)];
    }

    /// <summary>Nobody: the client is who is connected.</summary>
    public static TrustedProxies None { get; } = new(0);

    /// <summary>Proxies on this machine: 127.0.0.0/8 and ::1.</summary>
    public static TrustedProxies Loopback { get; } = Parse(["127.0.0.0/8", "::1"]);

    /// <summary>Reads addresses and networks, such as <c>10.0.0.0/8</c>, <c>192.168.1.7</c>, <c>fd00::/8</c>; or the single word <c>none</c>.</summary>
    /// <exception cref="FormatException">One cannot be read; the message names it and what there may be.</exception>
    public static TrustedProxies Parse(params IEnumerable<string> networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        var all = networks.ToList();
        return all is ["none"] || all.Count == 0 ? None : new(null, all.ConvertAll(ParseNetwork));
    }

    /// <summary>Whether somebody who is connected directly is a trusted proxy.</summary>
    public bool IsTrusted(IPAddress? connected) => Trusts(Plain(connected), 0);

    /// <summary>The client's address: who is connected, or, where that is a trusted proxy, whom it names.</summary>
    /// <param name="connected">Who is connected; null for this machine.</param>
    /// <param name="headers">The header fields of the request.</param>
    /// <param name="fields">The fields that the proxies write.</param>
    /// <returns>The address; of IPv4 also where it was written as an IPv6 one, and without a zone.</returns>
    public IPAddress ClientOf(IPAddress? connected, IHeaderDictionary headers, ProxyFields fields = ProxyFields.Any) =>
        ReadsForwarded(headers, fields)
            ? ClientOf(connected, headers["Forwarded"], ForwardedElement.LastComma, TryForwarded)
            : ClientOf(connected, headers["X-Forwarded-For"], list => list.LastIndexOf(','), TryEntry);

    /// <summary>Whether <c>Forwarded</c> counts for a request, and not <c>X-Forwarded-…</c>.</summary>
    internal static bool ReadsForwarded(IHeaderDictionary headers, ProxyFields fields)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return fields == ProxyFields.Forwarded
            || (fields == ProxyFields.Any
                && !headers.ContainsKey("X-Forwarded-For") && !headers.ContainsKey("X-Forwarded-Host") && !headers.ContainsKey("X-Forwarded-Proto"));
    }

    private delegate int LastComma(ReadOnlySpan<char> list);

    private delegate bool TryAddress(ReadOnlySpan<char> entry, [NotNullWhen(true)] out IPAddress? address);

    private IPAddress ClientOf(IPAddress? connected, StringValues lines, LastComma lastComma, TryAddress tryAddress)
    {
        var client = Plain(connected);
        var hop = 0;
        for (var line = lines.Count - 1; line >= 0; line--)
        {
            var rest = lines[line].AsSpan();
            while (!rest.IsEmpty)
            {
                if (!Trusts(client, hop))
                {
                    return client;
                }

                var comma = lastComma(rest);
                if (!tryAddress(rest[(comma + 1)..].Trim(), out var next))
                {
                    return client;
                }

                (client, hop) = (next, hop + 1);
                rest = comma < 0 ? default : rest[..comma];
            }
        }

        return client;
    }

    private static bool TryEntry(ReadOnlySpan<char> entry, [NotNullWhen(true)] out IPAddress? address) => NormalForm.TryEndPoint(entry, out address);

    private static bool TryForwarded(ReadOnlySpan<char> entry, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        return ForwardedElement.TryParse(entry, out var element) && element.TryAddress(out address);
    }

    private static IPNetwork ParseNetwork(string text)
    {
        var isAddress = !text.Contains('/', StringComparison.Ordinal);
        if (isAddress && NormalForm.TryAddress(text, out var address))
        {
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }

        return !isAddress && IPNetwork.TryParse(text, out var network)
            ? network
            : throw new FormatException($"'{text}' is no trusted proxy; use addresses and networks such as 192.168.1.7, 10.0.0.0/8 or fd00::/8, or none.");
    }

    private static IPAddress Plain(IPAddress? address) => address is null ? IPAddress.Loopback : NormalForm.AddressOf(address);

    private static IPNetwork Plain(IPNetwork network) =>
        network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= 96
            ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - 96)
            : network;

    private bool Trusts(IPAddress address, int hop)
    {
        if (hop >= (_count ?? int.MaxValue))
        {
            return false;
        }

        foreach (var network in _networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return _networks.IsEmpty && _count is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => (_count, _networks.IsEmpty) switch
    {
        (0, _) => "none",
        (null, _) => string.Join(' ', _networks),
        (_, true) => string.Create(CultureInfo.InvariantCulture, $"{_count} in a row"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{_count} in a row of {string.Join(' ', _networks)}"),
    };
}
