using Throttle.Core;
using Throttle.Core.Failures;
using Throttle.Core.Rules;

namespace Throttle.Api.Redis;

/// <summary>Decisions as maps, in RESP2 as names and values in turn; the first value is 1 for allowed, 0 for refused.</summary>
/// <remarks>
/// Durations are milliseconds, rounded up. <c>retry-after-ms</c> is 0 when allowed and -1 when it never fits.
/// <c>at</c>, <c>lease</c>, <c>error</c>, and <c>mode</c> of a rule that is not enforced, are there where they have something to say.
/// </remarks>
internal static class DecisionReply
{
    private const int AlwaysThere = 7;
    private const int MaxSeconds = 32;

    /// <summary>What all matching rules said together.</summary>
    public static void Write(RespWriter writer, Decision decision)
    {
        var at = decision.IsAllowed && decision.Rules.Count > 0 ? decision.At : (DateTimeOffset?)null;
        var retry = Retry(decision.IsAllowed, decision.NeverFits, decision.RetryAfter);
        WriteHead(writer, decision.IsAllowed, at, decision.Lease, decision.Error, null);
        WriteLevel(writer, decision.Rule, decision.Key, decision.Error is null ? (decision.Limit, decision.Remaining) : null);
        WriteTimes(writer, retry, decision.ResetAfter, decision.Delay);
        WriteRest(writer, at, decision.Lease, decision.Error, null);
    }

    /// <summary>What one rule said by itself. A shadow rule lets everything pass.</summary>
    public static void Write(RespWriter writer, RuleDecision said)
    {
        var isAllowed = said.IsAllowed || said.Rule.Mode != RuleMode.Enforce;
        var at = said.IsAllowed && said.Limiter.Grant.Permits > 0 ? Core.Time.Ticks.ToInstant(said.Limiter.Grant.ValidAt) : (DateTimeOffset?)null;
        var mode = said.Rule.Mode switch { RuleMode.Enforce => null, RuleMode.Shadow => "shadow", _ => "off" };
        WriteHead(writer, isAllowed, at, said.Lease, said.Error, mode);
        WriteLevel(writer, said.Rule, said.Key, said.Error is null ? (said.Limiter.Limit, said.Limiter.Remaining) : null);
        WriteTimes(writer, Retry(isAllowed, said.Limiter.NeverFits, said.RetryAfter), said.ResetAfter, said.Delay);
        WriteRest(writer, at, said.Lease, said.Error, mode);
    }

    /// <summary>Seconds since 1970, exact to 100 ns.</summary>
    public static void WriteInstant(RespWriter writer, DateTimeOffset instant)
    {
        Span<byte> text = stackalloc byte[MaxSeconds];
        writer.Bulk(text[..SecondsJson.FormatInstant(instant, text)]);
    }

    private static long? Retry(bool isAllowed, bool neverFits, TimeSpan retryAfter) =>
        isAllowed ? 0 : neverFits || retryAfter == TimeSpan.Zero ? null : MillisecondsUp(retryAfter);

    private static void WriteHead(RespWriter writer, bool isAllowed, DateTimeOffset? at, string? lease, Failure? error, string? mode)
    {
        writer.Map(AlwaysThere + 1 + (at is null ? 0 : 1) + (lease is null ? 0 : 1) + (error is null ? 0 : 1) + (mode is null ? 0 : 1));
        writer.Bulk("allowed"u8);
        writer.Integer(isAllowed ? 1 : 0);
    }

    private static void WriteLevel(RespWriter writer, Rule? rule, string key, (long Limit, long Remaining)? level)
    {
        WriteText(writer, "rule"u8, rule?.Id);
        WriteText(writer, "key"u8, rule is null ? null : key);
        WriteNumber(writer, "limit"u8, rule is null ? null : level?.Limit);
        WriteNumber(writer, "remaining"u8, rule is null ? null : level?.Remaining);
    }

    private static void WriteTimes(RespWriter writer, long? retry, TimeSpan resetAfter, TimeSpan delay)
    {
        WriteNumber(writer, "retry-after-ms"u8, retry ?? -1);
        WriteNumber(writer, "reset-after-ms"u8, MillisecondsUp(resetAfter));
        WriteNumber(writer, "delay-ms"u8, MillisecondsUp(delay));
    }

    private static void WriteRest(RespWriter writer, DateTimeOffset? at, string? lease, Failure? error, string? mode)
    {
        if (at is { } instant)
        {
            writer.Bulk("at"u8);
            WriteInstant(writer, instant);
        }

        WriteIfAny(writer, "lease"u8, lease);
        WriteIfAny(writer, "error"u8, error?.ToString());
        WriteIfAny(writer, "mode"u8, mode);
    }

    private static void WriteIfAny(RespWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            WriteText(writer, name, value);
        }
    }

    private static void WriteText(RespWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        writer.Bulk(name);
        if (value is null)
        {
            writer.Null();
        }
        else
        {
            writer.Bulk(value);
        }
    }

    private static void WriteNumber(RespWriter writer, ReadOnlySpan<byte> name, long? value)
    {
        writer.Bulk(name);
        if (value is null)
        {
            writer.Null();
        }
        else
        {
            writer.Integer(value.Value);
        }
    }

    private static long MillisecondsUp(TimeSpan time) =>
        (time.Ticks / TimeSpan.TicksPerMillisecond) + (time.Ticks % TimeSpan.TicksPerMillisecond > 0 ? 1 : 0);
}
