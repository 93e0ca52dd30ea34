using Throttle.Api.Redis;
using Throttle.Api.Webhooks;
using Throttle.Client;
using Throttle.Core.Limiters;
using Throttle.Grains;

namespace Throttle.Silo.Settings;

/// <summary>Every setting of a silo.</summary>
internal static class SettingList
{
    /// <summary>What the names of environment variables begin with.</summary>
    public const string EnvironmentPrefix = "THROTTLE_";

    /// <summary>The variable that holds the admin token, as for the command <c>throttle</c>.</summary>
    public const string TokenVariable = "ADMIN_TOKEN";

    private const string Names = "1 to 100 letters, digits, '.', '_' or '-'";

    public static readonly TextSetting Urls = new(
        "Urls", "--urls", "URL", "http://127.0.0.1:8080", "addresses such as http://127.0.0.1:8080",
        "Addresses of the HTTP front; port 0 takes a free one. Several stand apart by ';' or a space.")
    {
        Alias = "-u",
        TakesMany = true,
    };

    public static readonly TextSetting RedisPort = new(
        "RedisPort", "--redis-port", "PORT", "6380", RedisOptions.Range,
        "Where the Redis protocol is spoken: a port of this machine only, ADDRESS:PORT, or 0 for nowhere.");

    public static readonly TextSetting Rules = new(
        "Rules", "--rules", "FILE", "", "the path of a rule file",
        "The rule file of a new cluster; without it: sample rules. A cluster that has rules keeps them.")
    {
        Alias = "-r",
    };

    public static readonly TextSetting AdminToken = new(
        "AdminToken", "--admin-token", "TOKEN", "", "1 to 1000 visible ASCII characters without spaces",
        "The token that edits, resets and the dashboard need. Without it, one is made up and printed, unless only this machine can reach the node.");

    public static readonly TextSetting AdminTokenFile = new(
        "AdminTokenFile", "--admin-token-file", "FILE", "", "the path of a file that holds the token",
        "A file with that token, which no list of processes shows; read again on SIGHUP. Not with AdminToken.");

    public static readonly TextSetting TrustedProxies = new(
        "TrustedProxies", "--trusted-proxies", "NETWORK", "127.0.0.0/8 ::1", "addresses and networks such as 192.168.1.7, 10.0.0.0/8 or fd00::/8, or none",
        "Proxies whose word about clients /v1/forward-auth believes. Several stand apart by ';', ',' or a space.")
    {
        TakesMany = true,
    };

    public static readonly TextSetting VirtualClock = new(
        "VirtualClock", "--virtual-clock", "START", "", "now, an ISO time such as 2026-01-01T00:00:00Z, or seconds since 1970, in the years 1 to 9999",
        "Time stands still until POST /v1/clock moves it; for one silo alone.")
    {
        Implied = "now",
    };

    public static readonly FlagSetting Dashboard = new(
        "Dashboard", "--dashboard", "Orleans' dashboard at /dashboard, behind the admin token. Switch it on for every silo of the cluster.");

    public static readonly TextSetting Unmatched = new(
        "Unmatched", "--unmatched", "allow|warn|refuse", "allow", "allow, warn or refuse",
        "What becomes of requests that match no rule. Warn allows them, and writes a line once a minute.");

    public static readonly DurationSetting DrainTimeout = new(
        "DrainTimeout", "--drain-timeout", TimeSpan.FromSeconds(30), TimeSpan.Zero, TimeSpan.FromDays(1),
        "How long a stop waits for requests in flight and for buckets that are handed over.");

    public static readonly DurationSetting DrainDelay = new(
        "DrainDelay", "--drain-delay", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromHours(1),
        "How long a stopping node still takes requests while it says that it is not ready, for load balancers that notice late.");

    public static readonly TextSetting ClusterId = new(
        "Cluster:ClusterId", "--cluster-id", "NAME", "throttle", Names,
        "Silos and clients with the same one form a cluster.");

    public static readonly TextSetting ServiceId = new(
        "Cluster:ServiceId", "--service-id", "NAME", "throttle", Names,
        "Part of every key in storage; never change it once there is something.");

    public static readonly NumberSetting SiloPort = new(
        "Cluster:SiloPort", "--silo-port", 11_111, 1, 65_535, "The port that other silos talk to.");

    public static readonly NumberSetting GatewayPort = new(
        "Cluster:GatewayPort", "--gateway-port", 30_000, 0, 65_535, "The port that external clients talk to; 0 takes none.");

    public static readonly TextSetting Primary = new(
        "Cluster:Primary", "--primary", "HOST:PORT", "", "a host and a port from 1 to 65535, such as 127.0.0.1:11111",
        "The cluster's first silo, which keeps the list of its members; for development. Without it: port 11111 of the advertised address. Not with Redis.");

    public static readonly TextSetting AdvertisedAddress = new(
        "Cluster:AdvertisedAddress", "--advertised-address", "ADDRESS", "", "an IP address of this machine that the others can reach, or a name of one",
        "Where the others reach this silo. Without it: 127.0.0.1 where neither Redis nor a primary elsewhere is named, otherwise the one address of this machine that leads out.");

    public static readonly TextSetting Redis = new(
        "Cluster:Redis", "--redis", "CONNECTION", "", "a connection string such as 10.0.0.5:6379,password=…",
        "The Redis that keeps the list of members, the rules and the persisted buckets. Without it all is kept in memory.");

    public static readonly DurationSetting JoinTimeout = new(
        "Cluster:JoinTimeout", "--join-timeout", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1),
        "How long a start waits for the primary and for other members to answer.");

    public static readonly DurationSetting ProbeTimeout = new(
        "Cluster:ProbeTimeout", "--probe-timeout", TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1),
        "How often silos probe one another, and how long a probe may take. A dead silo is found after about this times MissedProbes.");

    public static readonly NumberSetting MissedProbes = new(
        "Cluster:MissedProbes", "--missed-probes", 3, 1, 100, "Probes missed in a row before a silo votes another one dead.");

    public static readonly NumberSetting DeathVotes = new(
        "Cluster:DeathVotes", "--death-votes", 2, 1, 10, "Votes that declare a silo dead; in a cluster of two, one is enough.");

    public static readonly DurationSetting AliveInterval = new(
        "Cluster:AliveInterval", "--alive-interval", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10),
        "How often a silo signs the list of members. After a crash of everything, a silo that is not started again is waited for three times as long.");

    public static readonly NumberSetting BatchPermits = new(
        "Buckets:BatchPermits", "--batch-permits", 100, 1, Limits.MaxPermits,
        "Permits of a persisted bucket that are written as spent ahead of their use, at most a tenth of its limit. More means fewer writes, and more permits lost in a crash.");

    public static readonly DurationSetting FlushInterval = new(
        "Buckets:FlushInterval", "--flush-interval", TimeSpan.FromSeconds(10), BucketGrainOptions.ShortestFlushInterval, BucketGrainOptions.LongestFlushInterval,
        "How long a persisted bucket is left alone before its exact state is written.");

    public static readonly NumberSetting MaxQueuedCalls = new(
        "Buckets:MaxQueuedCalls", "--max-queued-calls", 10_000, 1, BucketGrainOptions.MostQueuedCalls,
        "Calls under way at one bucket; one more is answered at once as the rule's on-error says.");

    public static readonly DurationSetting AnswerTimeout = new(
        "Buckets:AnswerTimeout", "--answer-timeout", TimeSpan.FromSeconds(2), ThrottleClientOptions.MinTimeout, ThrottleClientOptions.MaxTimeout,
        "How long the front waits for a bucket's answer before the rule's on-error decides.");

    public static readonly TextSetting Region = new(
        "Region", "--region", "NAME", "", "1 to 100 of the characters a-z, 0-9 and -",
        "The cluster's name among its peers, unlike every other one's; the same on every silo of it. Goes with Peers and PeerToken.");

    public static readonly TextSetting Peers = new(
        "Peers", "--peers", "URL", "", "1 to 100 addresses such as https://us.example.com",
        "All other regions that share the buckets of rules with 'replicate: true': nodes, or any silo or load balancer of a cluster. Several stand apart by ',', ';' or a space.")
    {
        TakesMany = true,
    };

    public static readonly TextSetting PeerToken = new(
        "PeerToken", "--peer-token", "TOKEN", "", "1 to 1000 visible ASCII characters without spaces",
        "The token that regions show one another, the same in all.");

    public static readonly NumberSetting MaxDeliveries = new(
        "Webhooks:MaxDeliveries", "--webhook-max-deliveries", new WebhookOptions().MaxDeliveries, 1, WebhookOptions.MostDeliveries,
        "Deliveries to webhooks under way at once; others wait, and their time-out does not run.");

    public static readonly NumberSetting MaxDeliveriesPerTarget = new(
        "Webhooks:MaxDeliveriesPerTarget", "--webhook-max-per-target", new WebhookOptions().MaxDeliveriesPerTarget, 1, WebhookOptions.MostDeliveries,
        "As above, to one scheme, host and port.");

    public static readonly TextSetting WebhookSecretFile = new(
        "Webhooks:SecretFile", "--webhook-secret-file", "PATH", "", "the path of a file that holds whsec_ and the base64 of 24 to 64 bytes",
        "Signs deliveries to webhooks by the Standard Webhooks convention, with the secret in this file.");

    public static readonly TextSetting EnvoyConfig = new(
        "Envoy:Config", "--envoy-config", "PATH", "", "the path of a file, or of a folder with *.yaml or *.yml files",
        "The YAML configuration of Envoy's ratelimit service, watched: /json answers by it. The same on all silos.");

    public static readonly FlagSetting EnvoyMergeDomains = new(
        "Envoy:MergeDomains", "--envoy-merge-domains", "Several files may speak of one domain (MERGE_DOMAIN_CONFIG).");

    public static readonly FlagSetting EnvoyShadow = new(
        "Envoy:Shadow", "--envoy-shadow", "Everything is answered OK, and only counted (SHADOW_MODE).");

    public static readonly FlagSetting EnvoyQuota = new(
        "Envoy:Quota", "--envoy-quota", "All limits are quotas: over only if all are (QUOTA_MODE).");

    public static readonly FlagSetting EnvoyHeaders = new(
        "Envoy:Headers", "--envoy-headers", "Answers have responseHeadersToAdd (LIMIT_RESPONSE_HEADERS_ENABLED).");

    public static readonly FlagSetting EnvoyMetadata = new(
        "Envoy:Metadata", "--envoy-metadata", "Answers have dynamicMetadata (RESPONSE_DYNAMIC_METADATA).");

    public static readonly FlagSetting EnvoyAllOrNone = new(
        "Envoy:AllOrNone", "--envoy-all-or-none", "A request that one limit refuses counts for no other (STOP_CACHE_KEY_INCREMENT_WHEN_OVERLIMIT).");

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Urls, RedisPort, Rules, AdminToken, AdminTokenFile, TrustedProxies, VirtualClock, Unmatched, Dashboard, DrainTimeout, DrainDelay,
        ClusterId, ServiceId, SiloPort, GatewayPort, Primary, AdvertisedAddress, Redis, JoinTimeout,
        ProbeTimeout, MissedProbes, DeathVotes, AliveInterval,
        BatchPermits, FlushInterval, MaxQueuedCalls, AnswerTimeout,
        Region, Peers, PeerToken,
        MaxDeliveries, MaxDeliveriesPerTarget, WebhookSecretFile,
        EnvoyConfig, EnvoyMergeDomains, EnvoyShadow, EnvoyQuota, EnvoyHeaders, EnvoyMetadata, EnvoyAllOrNone,
    ];
}
