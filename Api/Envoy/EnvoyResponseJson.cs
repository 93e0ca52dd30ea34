using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Throttle.Api.Envoy;

/// <summary>Writes a <c>RateLimitResponse</c> in the JSON mapping of protocol buffers: what is zero or empty is left out.</summary>
internal static class EnvoyResponseJson
{
    /// <param name="writer">Where it goes.</param>
    /// <param name="answer">The answer, whether it has header fields, and its metadata or null.</param>
    public static void Write(Utf8JsonWriter writer, (EnvoyVerdict Verdict, bool HasHeaders, JsonObject? Metadata) answer)
    {
        writer.WriteStartObject();
        writer.WriteString("overallCode"u8, CodeOf(answer.Verdict.IsOver));
        writer.WriteStartArray("statuses"u8);
        foreach (var status in answer.Verdict.Statuses)
        {
            WriteStatus(writer, status);
        }

        writer.WriteEndArray();
        if (answer.HasHeaders && answer.Verdict.Nearest is { Limit: { } limit } nearest)
        {
            WriteHeaders(writer, limit, nearest);
        }

        if (answer.Metadata is not null)
        {
            writer.WritePropertyName("dynamicMetadata"u8);
            answer.Metadata.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    private static ReadOnlySpan<byte> CodeOf(bool isOver) => isOver ? "OVER_LIMIT"u8 : "OK"u8;

    private static void WriteStatus(Utf8JsonWriter writer, in EnvoyStatus status)
    {
        writer.WriteStartObject();
        writer.WriteString("code"u8, CodeOf(status.IsOver));
        if (status.Limit is { } limit)
        {
            writer.WriteStartObject("currentLimit"u8);
            if (limit.Name.Length > 0)
            {
                writer.WriteString("name"u8, limit.Name);
            }

            if (limit.RequestsPerUnit > 0)
            {
                writer.WriteNumber("requestsPerUnit"u8, limit.RequestsPerUnit);
            }

            writer.WriteString("unit"u8, EnvoyUnits.NameOf(limit.Unit));
            writer.WriteEndObject();
        }

        if (status.Remaining > 0)
        {
            writer.WriteNumber("limitRemaining"u8, status.Remaining);
        }

        if (status.Limit is not null)
        {
            writer.WriteString("durationUntilReset"u8, string.Create(CultureInfo.InvariantCulture, $"{status.ResetSeconds}s"));
        }

        writer.WriteEndObject();
    }

    private static void WriteHeaders(Utf8JsonWriter writer, EnvoyLimit limit, in EnvoyStatus nearest)
    {
        writer.WriteStartArray("responseHeadersToAdd"u8);
        WriteHeader(writer, "RateLimit-Limit"u8, limit.RequestsPerUnit);
        WriteHeader(writer, "RateLimit-Remaining"u8, nearest.Remaining);
        WriteHeader(writer, "RateLimit-Reset"u8, nearest.ResetSeconds);
        writer.WriteEndArray();
    }

    private static void WriteHeader(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long value)
    {
        writer.WriteStartObject();
        writer.WriteString("key"u8, name);
        writer.WriteString("value"u8, value.ToString(CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }
}
