using System.Net;
using StackExchange.Redis;
using Throttle.Api.Envoy;
using Throttle.Api.Redis;
using Throttle.Api.Replication;
using Throttle.Api.Webhooks;
using Throttle.AspNetCore.Requests;
using Throttle.Core;

namespace Throttle.Silo.Settings;

/// <summary>What a silo is started with, read and checked.</summary>
internal sealed record SiloSettings
{
    public required IReadOnlyList<string> Urls { get; init; }

    /// <summary>Where the Redis protocol is spoken, or null for nowhere.</summary>
    public RedisOptions? RedisFront { get; init; }

    /// <summary>The rule file, or null for the sample rules.</summary>
    public string? RulesPath { get; init; }

    public string? AdminToken { get; init; }

    /// <summary>A file with the admin token, or null.</summary>
    public string? AdminTokenFile { get; init; }

    /// <summary>Whose word about clients is believed.</summary>
    public TrustedProxies TrustedProxies { get; init; } = TrustedProxies.Loopback;

    /// <summary>Where a virtual clock starts, or null for the machine's.</summary>
    public DateTimeOffset? VirtualClockStart { get; init; }

    public bool HasDashboard { get; init; }

    public TimeSpan DrainTimeout { get; init; }

    public TimeSpan DrainDelay { get; init; }

    public required string ClusterId { get; init; }

    public required string ServiceId { get; init; }

    public int SiloPort { get; init; }

    /// <summary>0 for none.</summary>
    public int GatewayPort { get; init; }

    /// <summary>The first silo, or null with Redis.</summary>
    public IPEndPoint? Primary { get; init; }

    public required IPAddress AdvertisedAddress { get; init; }

    /// <summary>How to reach Redis, or null for memory.</summary>
    public ConfigurationOptions? Redis { get; init; }

    public TimeSpan JoinTimeout { get; init; }

    public TimeSpan ProbeTimeout { get; init; }

    public int MissedProbes { get; init; }

    public int DeathVotes { get; init; }

    public TimeSpan AliveInterval { get; init; }

    public long BatchPermits { get; init; }

    public TimeSpan FlushInterval { get; init; }

    public int MaxQueuedCalls { get; init; }

    public TimeSpan AnswerTimeout { get; init; }

    /// <summary>What becomes of requests that match no rule.</summary>
    public UnmatchedRequests Unmatched { get; init; }

    /// <summary>How work is posted to webhooks.</summary>
    public WebhookOptions Webhooks { get; init; } = new();

    /// <summary>With which regions buckets are shared; null for none.</summary>
    public ReplicationOptions? Replication { get; init; }
    /// <summary>How it speaks the protocol of Envoy's ratelimit service, or null for not at all.</summary>
    public EnvoyOptions? Envoy { get; init; }

    /// <summary>Where other silos reach this one.</summary>
    public IPEndPoint Endpoint => new(AdvertisedAddress, SiloPort);

    /// <summary>Whether this is the silo that holds the list of members in its memory.</summary>
    public bool IsPrimary => Endpoint.Equals(Primary);

    /// <summary>The address that silo and gateway ports are opened on: this machine's own, or any.</summary>
    public IPAddress ListenAddress => IPAddress.IsLoopback(AdvertisedAddress) ? AdvertisedAddress
        : AdvertisedAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any
        : IPAddress.Any;
}
