using System.Net;

namespace Throttle.Api.Redis;

/// <summary>Where and how the Redis protocol is spoken.</summary>
public sealed record RedisOptions
{
    /// <summary>The port that is listened on unless another is chosen.</summary>
    public const int DefaultPort = 6380;

    /// <summary>What is listened on; port 0 takes a free one.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>The most connections at once, 1 or more; one more is told so and closed. 10,000 by default, as in Redis.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>
    /// How long a client may leave a command unfinished, or its answers unread, before its connection is closed; a minute by
    /// default, looked at once a second. A connection that does nothing at all may stay.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Reads what <c>--redis-port</c> may be: a port on loopback, an address with a port, or 0 for none.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="options">The options, or null for none, when true is returned.</param>
    public static bool TryParse(string text, out RedisOptions? options)
    {
        ArgumentNullException.ThrowIfNull(text);
        options = null;
        if (int.TryParse(text, System.Globalization.NumberStyles.None, null, out var port))
        {
            options = port is > 0 and <= IPEndPoint.MaxPort ? new RedisOptions { EndPoint = new(IPAddress.Loopback, port) } : null;
            return port is >= 0 and <= IPEndPoint.MaxPort;
        }

        // An address without its port is none, and so is an IPv6 one without brackets, whose last part could be either.
        if (!text.Contains("]:", StringComparison.Ordinal) && text.Count(c => c == ':') != 1)
        {
            return false;
        }

        var named = text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1" + text["localhost".Length..] : text;
        if (!IPEndPoint.TryParse(named, out var endPoint) || endPoint.Port == 0)
        {
            return false;
        }

        options = new RedisOptions { EndPoint = endPoint };
        return true;
    }

    /// <summary>What <see cref="TryParse"/> takes, in words that follow "use".</summary>
    public const string Range = "a port from 1 to 65535, an address with one such as 0.0.0.0:6380, or 0 for none";
}
