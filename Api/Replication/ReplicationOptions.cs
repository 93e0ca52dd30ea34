using Throttle.Api.Hosting;
using Throttle.Core.Replication;

namespace Throttle.Api.Replication;

/// <summary>With whom a node shares the buckets of rules that say <c>replicate</c>.</summary>
public sealed record ReplicationOptions
{
    /// <summary>The most peers.</summary>
    public const int MaxPeers = ReplicationLimits.MaxRegions;

    /// <summary>The node's name among its peers, which no other has: 1 to 100 of <c>[a-z0-9-]</c>.</summary>
    public required string Region { get; init; }

    /// <summary>The addresses of all other nodes, such as <c>https://us.example.com</c>; 1 to <see cref="MaxPeers"/>.</summary>
    public required IReadOnlyList<string> Peers { get; init; }

    /// <summary>The token that nodes show one another, the same on all.</summary>
    public required string Token { get; init; }

    /// <summary>How long changes are collected before they are sent; 100 ms by default.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a peer is asked what it has where nothing has changed, and sent what it lacks; 30 s by default.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the node exchanges by itself; tests do it for it.</summary>
    internal bool IsAutomatic { get; init; } = true;

    /// <summary>Sends to peers; tests put their own in place of it.</summary>
    internal Func<HttpMessageHandler> CreateHandler { get; init; } = () => new SocketsHttpHandler
    {
        // The token goes to the address that was given, and nowhere else.
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };

    /// <summary>Fails where something is out of range.</summary>
    /// <exception cref="ArgumentException">Something is; every fault is named.</exception>
    public void EnsureValid() => Check();

    /// <summary>The peers' endpoints.</summary>
    /// <exception cref="ArgumentException">Something is out of range; every fault is named.</exception>
    internal IReadOnlyList<Uri> Check()
    {
        var faults = new List<string>();
        if (ReplicationLimits.RegionFault(Region) is { } fault)
        {
            faults.Add($"{fault}.");
        }

        if (Peers is not { Count: >= 1 and <= MaxPeers })
        {
            faults.Add($"there are {Peers?.Count ?? 0} peers; use 1 to {MaxPeers}.");
        }

        try
        {
            AdminTokens.Check(Token ?? "", "peer token");
        }
        catch (ArgumentException e)
        {
            faults.Add(Errors.WithoutParameter(e));
        }

        var endpoints = new List<Uri>();
        foreach (var peer in Peers ?? [])
        {
            AddEndpoint(peer, endpoints, faults);
        }

        return faults.Count == 0 ? endpoints : throw new ArgumentException($"Replication: {string.Join(' ', faults)}");
    }

    private static void AddEndpoint(string peer, List<Uri> endpoints, List<string> faults)
    {
        var isAddress = Uri.TryCreate(peer, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            && uri is { Query: "", Fragment: "", UserInfo: "" };
        if (!isAddress)
        {
            faults.Add($"a peer is '{peer}'; use an address such as https://us.example.com.");
            return;
        }

        var endpoint = new Uri($"{uri!.AbsoluteUri.TrimEnd('/')}{ReplicationEndpoint.Path}");
        if (endpoints.Contains(endpoint))
        {
            faults.Add($"the peer '{peer}' is there twice; name it once.");
            return;
        }

        endpoints.Add(endpoint);
    }
}
