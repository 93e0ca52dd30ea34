using Microsoft.Extensions.Configuration;
using Throttle.Api.Envoy;
using Throttle.Api.Redis;
using Throttle.Api.Replication;
using Throttle.Api.Webhooks;
using Throttle.AspNetCore.Requests;
using Throttle.Core;

namespace Throttle.Api.Hosting;

/// <summary>What one node is started with. The defaults make a node on this machine with sample rules.</summary>
public sealed record NodeOptions
{
    /// <summary>The rule file, which is watched and to which edits are written; null for sample rules, kept in memory.</summary>
    public string? RulesPath { get; init; }

    /// <summary>Addresses to listen on, such as <c>http://127.0.0.1:8080</c>; port 0 takes a free one.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:8080"];

    /// <summary>
    /// The token that edits and resets must carry. Null: none is needed while every address is a loopback one, and otherwise
    /// one is generated, see <see cref="ThrottleNode.AdminToken"/>.
    /// </summary>
    public string? AdminToken { get; init; }

    /// <summary>A file with that token, read again on SIGHUP; null, the default, for none. Not together with <see cref="AdminToken"/>.</summary>
    public string? AdminTokenFile { get; init; }

    /// <summary>
    /// Log levels, as the section <c>Logging</c> of .NET's configuration has them; null, the default, for problems of everything and news of
    /// Throttle.
    /// </summary>
    public IConfiguration? Logging { get; init; }

    /// <summary>Where a virtual clock starts, which stands still until it is moved; null for the machine's clock.</summary>
    public DateTimeOffset? VirtualClockStart { get; init; }

    /// <summary>The most buckets held at once, 1 or more; 10,000,000 by default. What happens there is the rule's
    /// <c>on-error</c>. Beside others a rule has at most half, see <see cref="Core.Local.LocalThrottleOptions.MaxBuckets"/>.</summary>
    public long MaxBuckets { get; init; } = 10_000_000;

    /// <summary>What becomes of requests that match no rule; they are allowed by default.</summary>
    public UnmatchedRequests Unmatched { get; init; }

    /// <summary>How long a stop waits for requests in flight, zero or more; 10 s by default.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Proxies whose word about clients is believed by <c>/v1/forward-auth</c>; those on this machine by default.</summary>
    public TrustedProxies TrustedProxies { get; init; } = TrustedProxies.Loopback;
    /// <summary>Where the Redis protocol is spoken; null, the default, for nowhere.</summary>
    public RedisOptions? Redis { get; init; }

    /// <summary>With whom buckets are shared; null, the default, for nobody.</summary>
    public ReplicationOptions? Replication { get; init; }

    /// <summary>How work is posted to webhooks.</summary>
    public WebhookOptions Webhooks { get; init; } = new();

    /// <summary>How the node speaks the protocol of Envoy's ratelimit service; null, the default, for not at all.</summary>
    public EnvoyOptions? Envoy { get; init; }
}
