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

        var faults = FaultsOf(urls);
        return faults.Count > 0
            ? throw new ArgumentException(string.Join(' ', faults), nameof(urls))
            : urls.All(LoopbackHosts.IsLoopbackUrl);
    }

    /// <summary>One sentence for each address that this server cannot listen on; empty where it can listen on all of them.</summary>
    public static IReadOnlyList<string> FaultsOf(IReadOnlyList<string> urls)
    {
        ArgumentNullException.ThrowIfNull(urls);
        return [.. urls.Select(url => FixOf(url) is { } fix ? $"urls has '{url}'; {fix}." : null).OfType<string>()];
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

    /// <summary>Says what to use instead of a faulty address; null for a good one.</summary>
    private static string? FixOf(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return "use an address such as http://127.0.0.1:8080";
        }

        return !string.Equals(address.Scheme, "http", StringComparison.OrdinalIgnoreCase) ? "use http; for https put a proxy with a certificate in front"
            : address.PathBase.Length > 0 ? "use an address without a path"
            : address.Port is < 0 or > 65_535 ? "use a port from 0 to 65535"
            : address.Port == 0 && string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
                ? "localhost is two addresses and they cannot share a free port: use http://127.0.0.1:0"
            : null;
    }
}
