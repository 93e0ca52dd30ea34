using System.Net;
using Microsoft.AspNetCore.Http;
using Throttle.Api.Http;

namespace Throttle.Api.Hosting;

/// <summary>Checks the addresses a node is to listen on, before anything is started, and shows those it listens on.</summary>
public static class NodeAddresses
{
    /// <summary>Whether all of them can be reached from this machine only.</summary>
    /// <exception cref="ArgumentException">There is none, or one is no address this server can listen on.</exception>
    public static bool AreLoopback(IReadOnlyList<string> urls)
    {
        if (urls.Count == 0)
        {
            throw new ArgumentException("urls is empty; give at least one address such as http://127.0.0.1:8080.", nameof(urls));
        }

        foreach (var url in urls)
        {
            Check(url);
        }

        return urls.All(LoopbackHosts.IsLoopbackUrl);
    }

    /// <summary>An address that a curl on this machine can use, without a slash at its end.</summary>
    /// <param name="addresses">What is listened on, one or more.</param>
    public static string Reachable(IReadOnlyList<string> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        return addresses[0].TrimEnd('/')
            .Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//[::]", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//*", "//127.0.0.1", StringComparison.Ordinal)
            .Replace("//+", "//127.0.0.1", StringComparison.Ordinal);
    }

    /// <summary>The beginning of a redis-cli command that reaches this endpoint from this machine.</summary>
    public static string RedisCli(IPEndPoint redis)
    {
        ArgumentNullException.ThrowIfNull(redis);
        var isNear = IPAddress.Loopback.Equals(redis.Address) || IPAddress.Any.Equals(redis.Address) || IPAddress.IPv6Any.Equals(redis.Address);
        return $"redis-cli {(isNear ? "" : $"-h {redis.Address} ")}-p {redis.Port}";
    }

    private static void Check(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            throw Invalid(url, "use an address such as http://127.0.0.1:8080");
        }

        if (!string.Equals(address.Scheme, "http", StringComparison.OrdinalIgnoreCase))
        {
            throw Invalid(url, "use http; for https put a proxy with a certificate in front");
        }

        if (address.PathBase.Length > 0)
        {
            throw Invalid(url, "use an address without a path");
        }

        if (address.Port is < 0 or > 65_535)
        {
            throw Invalid(url, "use a port from 0 to 65535");
        }

        if (address.Port == 0 && string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase))
        {
            throw Invalid(url, "localhost is two addresses and they cannot share a free port: use http://127.0.0.1:0");
        }
    }

    private static ArgumentException Invalid(string url, string fix) => new($"urls has '{url}'; {fix}.", nameof(url));
}
