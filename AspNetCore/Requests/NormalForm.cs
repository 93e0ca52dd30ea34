using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Throttle.AspNetCore.Requests;

/// <summary>
/// Puts the parts of a request into the one form in which rules see them, whichever front the request came by. Without it a client
/// could step around a limit by another spelling, such as <c>/%61pi</c>, <c>example.com.</c> or <c>::ffff:192.0.2.1</c>.
/// </summary>
public static class NormalForm
{
    private static readonly IdnMapping Idn = new();

    /// <summary>
    /// The path of a request line's target as a client wrote it, or of a whole url: without query, decoded once, without dot segments
    /// and doubled slashes, and starting with a slash. For fronts that do not know how the application reads a path; one that can
    /// be read in two ways has no normal form.
    /// </summary>
    /// <param name="target">What the client wrote.</param>
    /// <param name="encodedSlash">How the application reads <c>%2F</c>.</param>
    /// <param name="path">The path.</param>
    /// <param name="fault">What is wrong with the target, as the second half of a sentence that starts with "which".</param>
    public static bool TryPath(
        string target, EncodedSlash encodedSlash, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(target);
        return WrittenPath.TryRead(target, encodedSlash, out path, out fault);
    }

    /// <summary>
    /// The path that an ASP.NET Core application sees, which the server has decoded. The application's reading counts, so that every
    /// path has a normal form: <c>%2F</c> and a backslash are ordinary characters, and an escape that the server left stays.
    /// </summary>
    public static string PathOf(PathString decoded) => decoded.Value is { Length: > 0 } path
        ? WrittenPath.WithSingleSlashes(WrittenPath.WithoutDots(path.Replace("%2f", "%2F", StringComparison.Ordinal)))
        : "/";

    /// <summary>
    /// A host in lower case, without port and without the dot at its end; an internationalized one in Unicode, an IPv6 address in
    /// brackets and in its shortest form. A host whose encoding is faulty stays as it is.
    /// </summary>
    /// <returns>Null where there is no host.</returns>
    public static string? HostOf(string? host)
    {
        var name = new HostString(host?.Trim() ?? "").Host.TrimEnd('.');
        if (name is ['[', .. var inner, ']'] && TryAddress(inner, out var address))
        {
            return $"[{address}]";
        }

        var needsIdn = !System.Text.Ascii.IsValid(name) || name.Contains("xn--", StringComparison.OrdinalIgnoreCase);
        return name.Length == 0 ? null : (needsIdn ? WithoutPunycode(name) : name).ToLowerInvariant();
    }

    /// <summary>A method in upper case, as routing compares methods without regard to case.</summary>
    /// <returns>Null where the text is no token (RFC 9110) and so no method.</returns>
    public static string? MethodOf(string? method) => AttributeNames.IsToken(method) ? method.ToUpperInvariant() : null;

    /// <summary>
    /// A client's address: IPv4 also where it was written as an IPv6 one, and without a zone. <see cref="IPAddress.ToString"/> gives its
    /// one spelling.
    /// </summary>
    public static IPAddress AddressOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
            : address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes())
            : address;
    }

    /// <summary>Reads an address without port and brackets, and puts it into its normal form.</summary>
    /// <remarks>Of IPv4 only four decimal numbers: "1", "0x7f.1" and "010.0.0.1" are addresses to some readers, and other ones to others.</remarks>
    public static bool TryAddress(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = IPAddress.TryParse(text, out var parsed) && (text.Contains(':') ? !text.Contains('[') : text.SequenceEqual(parsed.ToString()))
            ? AddressOf(parsed)
            : null;
        return address is not null;
    }

    /// <summary>As <see cref="TryAddress"/>, where a port may follow; an IPv6 address may be in brackets, and is if a port follows.</summary>
    public static bool TryEndPoint(ReadOnlySpan<char> text, [NotNullWhen(true)] out IPAddress? address)
    {
        if (text.StartsWith("["))
        {
            var end = text.IndexOf(']');
            address = null;
            return end > 0 && (end == text.Length - 1 || text[end + 1] == ':') && TryAddress(text[1..end], out address);
        }

        var colon = text.IndexOf(':');
        var hasPort = colon >= 0 && colon == text.LastIndexOf(':');
        return TryAddress(hasPort ? text[..colon] : text, out address);
    }

    private static string WithoutPunycode(string name)
    {
        try
        {
            // To ASCII first: that gives letters that IDNA takes for one the same spelling.
            return Idn.GetUnicode(Idn.GetAscii(name));
        }
        catch (ArgumentException)
        {
            return name;
        }
    }
}
