using System.Text.Json.Nodes;

namespace Throttle.Api.Envoy;

/// <summary>The <c>dynamicMetadata</c> of an answer: what was asked, and the metadata of the limits that let it pass.</summary>
internal static class EnvoyDynamicMetadata
{
    /// <summary>As Envoy's service makes it; where two limits say different things under one name, the first counts.</summary>
    public static JsonObject Of(EnvoyRequest request, EnvoyPlan plan, EnvoyVerdict verdict)
    {
        var json = new JsonObject
        {
            ["domain"] = request.Domain,
            ["descriptors"] = new JsonArray([.. request.Descriptors.Select(Of)]),
        };
        if (request.HitsAddend > 0)
        {
            json["hitsAddend"] = request.HitsAddend;
        }

        var passed = new JsonObject();
        for (var i = 0; i < verdict.Statuses.Length; i++)
        {
            if (!verdict.Statuses[i].IsOver && plan.Matches[i]?.Metadata is { } metadata)
            {
                EnvoyMetadata.Merge(passed, metadata);
            }
        }

        if (passed.Count > 0)
        {
            json["metadata"] = passed;
        }

        return json;
    }

    private static JsonNode Of(EnvoyDescriptor descriptor)
    {
        var json = new JsonObject
        {
            ["entries"] = new JsonArray([.. descriptor.Entries.Select(entry => (JsonNode)$"{entry.Key}={entry.Value}")]),
        };
        if (descriptor.Limit is { } limit)
        {
            json["limit"] = FormattableString.Invariant($"requests_per_unit:{limit.RequestsPerUnit} unit:{EnvoyUnits.NameOf(limit.Unit)}");
        }

        if (descriptor.HitsAddend is { } hits)
        {
            json["hitsAddend"] = hits;
        }

        if (descriptor.IsNegative)
        {
            json["isNegativeHits"] = true;
        }

        return json;
    }
}
