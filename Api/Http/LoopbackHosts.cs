using System.Net;
using Microsoft.AspNetCore.Http;

namespace Throttle.Api.Http;

/// <summary>Tells host names and addresses that only this machine can reach.</summary>
public static class LoopbackHosts
{
    /// <summary>Whether a host is <c>localhost</c>, 127.0.0.0/8 or ::1.</summary>
    public static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Whether a server that listens on this URL can be reached from this machine only. A Unix socket counts as such.</summary>
    /// <exception cref="FormatException">The text is no such URL.</exception>
    public static bool IsLoopbackUrl(string url)
    {
        var address = BindingAddress.Parse(url);
        return address.IsUnixPipe || IsLoopback(address.Host);
    }
}
