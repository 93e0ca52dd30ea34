using System.Text.Json.Nodes;

namespace Throttle.Api.Envoy;

/// <summary>The limit that applies to a descriptor, and its bucket.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="BucketKey">The bucket, the same for all limits of one unit on the same entries.</param>
/// <param name="Rule">Its name in metrics, of which there may be as many as there are values.</param>
/// <param name="FileRule">Its name by what stands in the files: not more than there are limits.</param>
/// <param name="Metadata">The limit's, or null.</param>
internal sealed record EnvoyMatch(EnvoyLimit Limit, string BucketKey, string Rule, string FileRule, JsonObject? Metadata);
