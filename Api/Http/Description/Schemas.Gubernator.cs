using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Throttle.Api.Http.Description;

/// <content>gubernator's. Its names are in snake_case, its 64-bit numbers texts.</content>
internal static partial class Schemas
{
    public sealed record GetRateLimitsRequest(
        [property: Description("At most 1,000, answered in order; those of one key one after the other.")]
        [property: MaxLength(1_000)]
        IReadOnlyList<RateLimitItem> Requests);

    public sealed record RateLimitItem(
        [property: Description("What is limited; not empty.")]
        string Name,
        [property: JsonPropertyName("unique_key")]
        [property: Description("For whom; not empty. Also uniqueKey.")]
        string UniqueKey,
        [property: Description("Permits to take. 0 asks; a negative number gives back, up to the limit. Numbers are taken, too.")]
        string? Hits,
        [property: Description("Permits a duration; 0 allows nothing.")]
        string? Limit,
        [property: Description("Milliseconds, up to 400 days; with DURATION_IS_GREGORIAN a unit: minute 0, hour 1, day 2, week 3, month 4, year 5.")]
        string? Duration,
        [property: Description("TOKEN_BUCKET or 0, a window that starts at the first hit; LEAKY_BUCKET or 1.")]
        string? Algorithm,
        [property: Description("The sum of: DURATION_IS_GREGORIAN 4, RESET_REMAINING 8, DRAIN_OVER_LIMIT 32; or one of these names. NO_BATCHING 1, GLOBAL 2 and MULTI_REGION 16 change nothing.")]
        int? Behavior,
        [property: Description("What a leaky bucket holds; the limit without it.")]
        string? Burst);

    public sealed record GetRateLimitsAnswer(IReadOnlyList<RateLimitStatus> Responses);

    public sealed record RateLimitStatus(
        [property: Description("UNDER_LIMIT, or OVER_LIMIT where this item was refused.")]
        string Status,
        string Limit,
        string Remaining,
        [property: JsonPropertyName("reset_time")]
        [property: Description("Milliseconds since 1970: when the window ends, or the bucket is full.")]
        string ResetTime,
        [property: Description("Why there is no answer; empty when there is one.")]
        string Error,
        IReadOnlyDictionary<string, string> Metadata);

    public sealed record HealthCheck(
        [property: Description("healthy or unhealthy.")] string Status,
        string Message,
        [property: JsonPropertyName("peer_count")]
        [property: Description("How many nodes there are, this one included.")]
        int PeerCount,
        [property: JsonPropertyName("advertise_address")] string AdvertiseAddress,
        [property: JsonPropertyName("local_peers")] IReadOnlyList<string> LocalPeers,
        [property: JsonPropertyName("region_peers")] IReadOnlyList<string> RegionPeers);

    public sealed record LiveCheck;
}
