using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Throttle.Core.Usage;

namespace Throttle.Api.Http;

/// <summary><c>GET /v1/usage</c>: what was decided, by rule and node.</summary>
internal sealed class UsageEndpoint(IUsage usage)
{
    public async Task ShowAsync(HttpContext context)
    {
        var asked = context.Request.Query["rule"];
        var report = await usage.GetAsync(context.RequestAborted).ConfigureAwait(false);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, (report, asked.Count == 1 ? asked[0] : null), Write).ConfigureAwait(false);
    }

    private static void Write(Utf8JsonWriter writer, (UsageReport Report, string? Rule) asked)
    {
        var (report, rule) = asked;
        writer.WriteStartObject();
        SecondsJson.WriteInstant(writer, "since"u8, report.Since);
        writer.WriteStartArray("nodes"u8);
        foreach (var node in report.Nodes)
        {
            writer.WriteStartObject();
            writer.WriteString("node"u8, node.Name);
            writer.WriteBoolean("ended"u8, node.HasEnded);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("rules"u8);
        foreach (var rows in report.Rows.GroupBy(row => row.Rule, StringComparer.Ordinal))
        {
            if (rule is null || string.Equals(rows.Key, rule, StringComparison.Ordinal))
            {
                WriteRule(writer, rows.Key, [.. rows]);
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteRule(Utf8JsonWriter writer, string rule, UsageRow[] rows)
    {
        writer.WriteStartObject();
        writer.WriteString("rule"u8, rule);
        WriteCounts(writer, rows.Aggregate(default(UsageCounts), (sum, row) => sum + row.Counts));
        writer.WriteStartArray("nodes"u8);
        foreach (var row in rows)
        {
            writer.WriteStartObject();
            writer.WriteString("node"u8, row.Node);
            WriteCounts(writer, row.Counts);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter writer, in UsageCounts counts)
    {
        writer.WriteNumber("allowed"u8, counts.Allowed);
        writer.WriteNumber("refused"u8, counts.Refused);
        writer.WriteNumber("shadowRefused"u8, counts.ShadowRefused);
        writer.WriteNumber("errors"u8, counts.Errors);
        writer.WriteNumber("permits"u8, counts.Permits);
    }
}
