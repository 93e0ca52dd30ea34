namespace Throttle.Api.Envoy;

/// <summary>How a node speaks the protocol of Envoy's ratelimit service.</summary>
public sealed record EnvoyOptions
{
    /// <summary>Its YAML configuration: a file, or a folder whose <c>*.yaml</c> and <c>*.yml</c> files are read; watched.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>Whether several files may speak of one domain (its MERGE_DOMAIN_CONFIG).</summary>
    public bool MergesDomains { get; init; }

    /// <summary>Whether everything is answered OK, and only counted (its SHADOW_MODE).</summary>
    public bool IsShadow { get; init; }

    /// <summary>Whether all limits are quotas (its QUOTA_MODE).</summary>
    public bool IsQuota { get; init; }

    /// <summary>
    /// Whether a request that one limit refuses counts for no other limit (its STOP_CACHE_KEY_INCREMENT_WHEN_OVERLIMIT). Otherwise each
    /// descriptor is counted by itself. The buckets are looked at first, so requests that come at one time for the last hits may be
    /// counted by other limits although they are refused.
    /// </summary>
    public bool CountsAllOrNone { get; init; }

    /// <summary>Whether answers have <c>responseHeadersToAdd</c> (its LIMIT_RESPONSE_HEADERS_ENABLED).</summary>
    public bool HasHeaders { get; init; }

    /// <summary>Whether answers have <c>dynamicMetadata</c> (its RESPONSE_DYNAMIC_METADATA).</summary>
    public bool HasMetadata { get; init; }
}
