using System.Text.Json;
using Throttle.Core;
using Throttle.Core.Rules;
using Throttle.Core.Time;

namespace Throttle.Api.Http;

/// <summary>Decisions as JSON, with the fields that <c>POST /v1/acquire</c> answers.</summary>
/// <remarks>
/// Times are decimal seconds, exact to 100 ns; instants are seconds since 1970. Without a decisive rule, <c>rule</c>,
/// <c>key</c>, <c>limit</c> and <c>remaining</c> are null; when no rule matched at all, <c>matched</c> is false and
/// <c>reason</c> says so. <c>limit</c> and <c>remaining</c> are null too where there is an <c>error</c>.
/// </remarks>
public static class DecisionJson
{
    private static readonly DateTimeOffset NeverExpires = Ticks.ToInstant(Ticks.Never);

    /// <summary>Writes the decision as one object; its <c>at</c> is <see cref="Decision.At"/>.</summary>
    public static void Write(Utf8JsonWriter writer, Decision decision)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(decision);
        writer.WriteStartObject();
        WriteFields(writer, decision, decision.At);
        writer.WriteEndObject();
    }

    /// <summary>Writes the decision's fields into an object that is open.</summary>
    /// <param name="writer">The writer, inside an object.</param>
    /// <param name="decision">The decision.</param>
    /// <param name="at">The instant to write as <c>at</c>.</param>
    public static void WriteFields(Utf8JsonWriter writer, Decision decision, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(decision);
        var rules = decision.Rules;
        writer.WriteBoolean("allowed"u8, decision.IsAllowed);
        if (rules.Count == 0)
        {
            writer.WriteBoolean("matched"u8, false);
            writer.WriteString("reason"u8, "no rule matches"u8);
        }

        WriteDecisive(writer, decision);
        SecondsJson.Write(writer, "retryAfter"u8, decision.RetryAfter.Ticks);
        SecondsJson.Write(writer, "resetAfter"u8, decision.ResetAfter.Ticks);
        SecondsJson.Write(writer, "delay"u8, decision.Delay.Ticks);
        writer.WriteBoolean("neverFits"u8, decision.NeverFits);
        SecondsJson.WriteInstant(writer, "at"u8, at);
        WriteGrant(writer, decision);
        if (decision.Error is { } error)
        {
            writer.WriteString("error"u8, error.ToString());
        }

        writer.WriteStartArray("rules"u8);
        for (var i = 0; i < rules.Count; i++)
        {
            WriteRule(writer, rules[i]);
        }

        writer.WriteEndArray();
    }

    internal static void WriteBucket(Utf8JsonWriter writer, RuleDecision bucket)
    {
        writer.WriteStartObject();
        WriteName(writer, bucket);
        writer.WriteString("algorithm"u8, bucket.Rule.Limit.Algorithm);
        WriteLevel(writer, bucket);
        SecondsJson.Write(writer, "resetAfter"u8, bucket.ResetAfter.Ticks);
        if (bucket.Factor is { } factor)
        {
            writer.WriteNumber("factor"u8, factor.Value);
        }

        WriteError(writer, bucket);
        writer.WriteEndObject();
    }

    private static void WriteDecisive(Utf8JsonWriter writer, Decision decision)
    {
        if (decision.Rule is not { } rule)
        {
            writer.WriteNull("rule"u8);
            writer.WriteNull("key"u8);
            writer.WriteNull("limit"u8);
            writer.WriteNull("remaining"u8);
            return;
        }

        writer.WriteString("rule"u8, rule.Id);
        writer.WriteString("key"u8, decision.Key);
        WriteLevel(writer, decision.Error is null, decision.Limit, decision.Remaining);
    }

    private static void WriteGrant(Utf8JsonWriter writer, Decision decision)
    {
        if (decision.Lease is { } lease)
        {
            writer.WriteString("lease"u8, lease);
        }

        if (decision.IsAllowed && decision.ExpiresAt is var expiresAt && expiresAt < NeverExpires)
        {
            SecondsJson.WriteInstant(writer, "expiresAt"u8, expiresAt);
        }
    }

    private static void WriteRule(Utf8JsonWriter writer, in RuleDecision rule)
    {
        writer.WriteStartObject();
        WriteName(writer, rule);
        writer.WriteBoolean("allowed"u8, rule.IsAllowed);
        WriteLevel(writer, rule);
        SecondsJson.Write(writer, "retryAfter"u8, rule.RetryAfter.Ticks);
        SecondsJson.Write(writer, "resetAfter"u8, rule.ResetAfter.Ticks);
        SecondsJson.Write(writer, "delay"u8, rule.Delay.Ticks);
        writer.WriteBoolean("neverFits"u8, rule.Limiter.NeverFits);
        if (rule.Lease is { } lease)
        {
            writer.WriteString("lease"u8, lease);
        }

        WriteError(writer, rule);
        writer.WriteEndObject();
    }

    private static void WriteName(Utf8JsonWriter writer, in RuleDecision rule)
    {
        writer.WriteString("rule"u8, rule.Rule.Id);
        writer.WriteString("key"u8, rule.Key);
        writer.WriteString("mode"u8, rule.Rule.Mode switch
        {
            RuleMode.Enforce => "enforce"u8,
            RuleMode.Shadow => "shadow"u8,
            _ => "off"u8,
        });
    }

    private static void WriteLevel(Utf8JsonWriter writer, in RuleDecision rule) =>
        WriteLevel(writer, rule.Error is null, rule.Limiter.Limit, rule.Limiter.Remaining);

    private static void WriteLevel(Utf8JsonWriter writer, bool isKnown, long limit, long remaining)
    {
        if (isKnown)
        {
            writer.WriteNumber("limit"u8, limit);
            writer.WriteNumber("remaining"u8, remaining);
        }
        else
        {
            writer.WriteNull("limit"u8);
            writer.WriteNull("remaining"u8);
        }
    }

    private static void WriteError(Utf8JsonWriter writer, in RuleDecision rule)
    {
        if (rule.Error is { } error)
        {
            writer.WriteString("error"u8, error.ToString());
        }
    }
}
