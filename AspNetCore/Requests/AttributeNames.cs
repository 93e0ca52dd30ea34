using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Throttle.AspNetCore.Requests;

/// <summary>What the attributes of an HTTP request are called, here and in forward auth.</summary>
public static class AttributeNames
{
    /// <summary>The client's address.</summary>
    public const string Ip = "ip";

    /// <summary>The method in upper case, such as GET.</summary>
    public const string Method = "method";

    /// <summary>The path, decoded, without a query, dot segments and doubled slashes.</summary>
    public const string Path = "path";

    /// <summary>The host that was asked, in lower case, without a port and a last dot.</summary>
    public const string Host = "host";

    /// <summary>Whom the request was authenticated as.</summary>
    public const string User = "user";

    /// <summary>The pattern of the route that was found, such as <c>/files/{name}</c>.</summary>
    public const string Route = "route";

    /// <summary>The scheme that the client used, http or https; of forward auth only.</summary>
    public const string Proto = "proto";

    /// <summary>
    /// The most characters of a value. A request with a longer one is not answered by rules, but with 400: a value that was cut could step
    /// around a pattern, and without a bound the work of matching could grow with the request.
    /// </summary>
    public const int MaxValueLength = 8_192;

    private static readonly FrozenSet<string> Own = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, Ip, Method, Path, Host, User, Route, Proto);

    /// <summary>Whether a name is one of these, so that nothing else can be called by it.</summary>
    internal static bool IsOwn(string name) => Own.Contains(name);

    /// <summary>Whether a text is a token (RFC 9110), as the names of header fields and methods are.</summary>
    internal static bool IsToken([NotNullWhen(true)] string? name) =>
        !string.IsNullOrEmpty(name) && name.All(IsTokenCharacter);

    /// <summary>Whether tokens may hold a character.</summary>
    internal static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
