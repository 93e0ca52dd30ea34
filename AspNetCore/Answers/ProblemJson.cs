using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Throttle.Core.Failures;
using Throttle.Core.Rules;

namespace Throttle.AspNetCore.Answers;

/// <summary>Problems as <c>application/problem+json</c>.</summary>
internal static class ProblemJson
{
    public const string ContentType = "application/problem+json";

    /// <summary>Answers with a problem. One that says 503 always says when to try again, in the body and as <c>Retry-After</c>.</summary>
    public static Task WriteAsync(HttpContext context, ApiProblem problem)
    {
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
        {
            problem = problem with { RetryAfterTicks = problem.RetryAfterTicks ?? Failure.RetryAfter.Ticks };
            context.Response.Headers.RetryAfter = RateLimitFields.Seconds(problem.RetryAfterTicks.Value).ToString(CultureInfo.InvariantCulture);
        }

        return JsonBody.WriteAsync(context, problem.Status, problem, Write, ContentType);
    }

    public static byte[] ToBytes(ApiProblem problem)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, problem);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(Utf8JsonWriter writer, ApiProblem problem)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, problem.Type ?? "about:blank");
        writer.WriteString("title"u8, problem.Title ?? ReasonPhrases.GetReasonPhrase(problem.Status));
        writer.WriteNumber("status"u8, problem.Status);
        writer.WriteString("detail"u8, problem.Detail);
        writer.WriteString("code"u8, problem.Code);
        WriteIfGiven(writer, "failure"u8, problem.FailureId);
        WriteIfGiven(writer, "field"u8, problem.Field);
        WriteIfGiven(writer, "value"u8, problem.Value);
        WriteIfGiven(writer, "allowed"u8, problem.Allowed);
        if (problem.RetryAfterTicks is { } retryAfter)
        {
            SecondsJson.Write(writer, "retryAfter"u8, retryAfter);
        }

        if (problem.ViolatedPolicies is { } policies)
        {
            WritePolicies(writer, policies);
        }

        if (problem.CurrentVersion is { } version)
        {
            writer.WriteNumber("currentVersion"u8, version);
        }

        if (problem.Faults is { } faults)
        {
            WriteFaults(writer, faults);
        }

        writer.WriteEndObject();
    }

    private static void WriteIfGiven(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void WritePolicies(Utf8JsonWriter writer, IReadOnlyList<string> policies)
    {
        writer.WriteStartArray("violated-policies"u8);
        foreach (var policy in policies)
        {
            writer.WriteStringValue(policy);
        }

        writer.WriteEndArray();
    }

    private static void WriteFaults(Utf8JsonWriter writer, IReadOnlyList<RuleFault> faults)
    {
        writer.WriteStartArray("faults"u8);
        foreach (var fault in faults)
        {
            writer.WriteStartObject();
            writer.WriteString("path"u8, fault.Path);
            writer.WriteString("message"u8, fault.Message);
            if (fault.Line > 0)
            {
                writer.WriteNumber("line"u8, fault.Line);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
