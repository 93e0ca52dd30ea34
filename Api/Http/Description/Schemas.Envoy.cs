using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Throttle.Api.Http.Description;

internal static partial class Schemas
{
    public sealed record EnvoyRequest(
        [property: Description("The domain of the limits.")]
        [property: Required]
        string Domain,
        [property: Description("What to match, 1 to 1,000; each is decided on its own. Names may be written with underscores, too.")]
        [property: Required]
        IReadOnlyList<EnvoyDescriptor> Descriptors,
        [property: Description("Hits of descriptors that have none of their own; 0 and left out are 1.")]
        [property: Range(0L, 4294967295L)]
        long? HitsAddend);

    public sealed record EnvoyDescriptor(
        [property: Description("At most 32, in the order in which the configuration nests them.")]
        IReadOnlyList<EnvoyEntry> Entries,
        [property: Description("Counts before the configuration's limit, if the domain is known.")]
        EnvoyCarriedLimit? Limit,
        [property: Description("Hits of this descriptor, a whole number as a text or a number; 0 asks whether there is room and takes nothing. What is refused here empties the window.")]
        string? HitsAddend,
        [property: Description("Whether the hits are given back instead of taken; needs the right to edit.")]
        bool? IsNegativeHits);

    public sealed record EnvoyEntry([property: Required] string Key, string? Value);

    public sealed record EnvoyCarriedLimit(
        [property: Range(0L, 4294967295L)]
        long? RequestsPerUnit,
        [property: Required] EnvoyUnit Unit);

    public sealed record EnvoyResponse(
        EnvoyCode OverallCode,
        IReadOnlyList<EnvoyStatus> Statuses,
        [property: Description("With --envoy-headers.")]
        IReadOnlyList<EnvoyHeader>? ResponseHeadersToAdd,
        [property: Description("With --envoy-metadata.")]
        JsonObject? DynamicMetadata);

    public sealed record EnvoyStatus(
        EnvoyCode Code,
        [property: Description("The limit that was applied; left out where none is.")]
        EnvoyLimit? CurrentLimit,
        [property: Description("Left out where it is 0; 4294967295 without a limit on it.")]
        long? LimitRemaining,
        [property: Description("Until the window ends, in whole seconds, such as 42s.")]
        string? DurationUntilReset);

    public sealed record EnvoyLimit(string? Name, long? RequestsPerUnit, EnvoyUnit Unit);

    public sealed record EnvoyHeader(string Key, string Value);

    [JsonConverter(typeof(JsonStringEnumConverter<EnvoyCode>))]
    public enum EnvoyCode
    {
        [JsonStringEnumMemberName("OK")]
        Ok,

        [JsonStringEnumMemberName("OVER_LIMIT")]
        OverLimit,
    }

    [JsonConverter(typeof(JsonStringEnumConverter<EnvoyUnit>))]
    public enum EnvoyUnit
    {
        [JsonStringEnumMemberName("SECOND")]
        Second,

        [JsonStringEnumMemberName("MINUTE")]
        Minute,

        [JsonStringEnumMemberName("HOUR")]
        Hour,

        [JsonStringEnumMemberName("DAY")]
        Day,

        [JsonStringEnumMemberName("WEEK")]
        Week,

        [JsonStringEnumMemberName("MONTH")]
        Month,

        [JsonStringEnumMemberName("YEAR")]
        Year,
    }
}
