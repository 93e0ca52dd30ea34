using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Time;

namespace Throttle.Api.Http;

/// <summary>The bodies of requests. Every fault names the field, the value and what is allowed.</summary>
internal static partial class RequestJson
{
    private const string AllowedWait = "a duration such as '2s', or seconds, 0 to 3600 (1 hour)";
    private const string AllowedAdvance = "a duration such as '2s', or seconds, 0 to 34560000 (400 days)";
    private const string AllowedInstant = "seconds since 1970 or an ISO 8601 instant with its offset, years 1 to 9999";

    private const string AllowedFactor = "a number from 0 to 1000 with up to nine decimals";

    private static readonly string AllowedCost =
        string.Create(CultureInfo.InvariantCulture, $"a whole number, 0 to {Limits.MaxPermits}");

    private static readonly string[] AcquireFields = ["attributes", "cost", "wait", "rule", "key", "peek"];
    private static readonly string[] ReturnFields = ["attributes", "cost", "at", "lease"];
    private static readonly string[] RenewFields = ["lease"];
    private static readonly string[] BeginFields = ["attributes", "at"];
    private static readonly string[] RanFields = ["attributes", "at", "ago"];
    private static readonly string[] FactorFields = ["factor"];
    private static readonly string[] ClockFields = ["advance", "to"];

    /// <summary>One request as an object, or up to 1,000 in an array, in which a faulty one does not disturb the others.</summary>
    public static (BatchItem Single, List<BatchItem>? Batch) Acquire(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            var batch = ReadBatch(ref reader);
            ReadToEnd(ref reader);
            return (default, batch);
        }

        var single = ReadAcquire(ref reader, "");
        ReadToEnd(ref reader);
        return (single, null);
    }

    public static ReturnCall Return(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        FieldReader.RequireObject(ref reader, "body");
        uint seen = 0;
        var cost = 1L;
        Attributes attributes = default;
        DateTimeOffset? at = null;
        string? lease = null;
        while (FieldReader.Next(ref reader, ReturnFields, "", ref seen) is >= 0 and var field)
        {
            switch (field)
            {
                case 0: attributes = ReadAttributes(ref reader, ""); break;
                case 1: cost = ReadCost(ref reader, ""); break;
                case 2: at = ReadInstant(ref reader, "at"); break;
                default: lease = ReadLease(ref reader); break;
            }
        }

        ReadToEnd(ref reader);
        return (lease is null, (seen & 0b111) == 0, (seen & 1) != 0) switch
        {
            (false, true, _) => new ReturnCall(lease, default, null),
            (true, _, true) => new ReturnCall(null, new ThrottleRequest(attributes, cost), at),
            (false, false, _) => throw Missing("lease", "lease is given with attributes, cost or at; give the lease alone."),
            _ => throw Missing("attributes", "attributes is missing; give the attributes that were asked with, or a lease."),
        };
    }

    public static BeginCall Begin(ReadOnlySpan<byte> utf8) => ReadBegin(utf8, BeginFields);

    public static BeginCall Ran(ReadOnlySpan<byte> utf8) => ReadBegin(utf8, RanFields);

    public static Factor Factor(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        FieldReader.RequireObject(ref reader, "body");
        uint seen = 0;
        Factor? factor = null;
        while (FieldReader.Next(ref reader, FactorFields, "", ref seen) >= 0)
        {
            factor = Core.Limiters.Factor.From(FieldReader.GetNumber(ref reader, "factor", AllowedFactor))
                ?? throw FieldReader.Invalid(ref reader, "factor", AllowedFactor);
        }

        ReadToEnd(ref reader);
        return factor ?? throw Missing("factor", """factor is missing; give a number such as {"factor":1}.""");
    }

    public static string Renew(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        FieldReader.RequireObject(ref reader, "body");
        uint seen = 0;
        string? lease = null;
        while (FieldReader.Next(ref reader, RenewFields, "", ref seen) >= 0)
        {
            lease = ReadLease(ref reader);
        }

        ReadToEnd(ref reader);
        return lease ?? throw Missing("lease", "lease is missing; give the lease that an allowed answer carried.");
    }

    public static ClockCall Clock(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        FieldReader.RequireObject(ref reader, "body");
        uint seen = 0;
        TimeSpan? advance = null;
        DateTimeOffset? to = null;
        while (FieldReader.Next(ref reader, ClockFields, "", ref seen) is >= 0 and var field)
        {
            if (field == 0)
            {
                advance = ReadDuration(ref reader, "advance", AllowedAdvance, Limits.MaxPeriodTicks);
            }
            else
            {
                to = ReadInstant(ref reader, "to");
            }
        }

        ReadToEnd(ref reader);
        return (advance is null) != (to is null)
            ? new ClockCall(advance, to)
            : throw Missing("advance", """Give either advance or to: {"advance":"1.5s"} or {"to":"2026-01-01T00:00:00Z"}.""");
    }

    private static BeginCall ReadBegin(ReadOnlySpan<byte> utf8, string[] fields)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        FieldReader.RequireObject(ref reader, "body");
        uint seen = 0;
        Attributes attributes = default;
        DateTimeOffset? at = null;
        TimeSpan? ago = null;
        while (FieldReader.Next(ref reader, fields, "", ref seen) is >= 0 and var field)
        {
            switch (field)
            {
                case 0: attributes = ReadAttributes(ref reader, ""); break;
                case 1: at = ReadInstant(ref reader, "at"); break;
                default: ago = ReadDuration(ref reader, "ago", AllowedAdvance, Limits.MaxPeriodTicks); break;
            }
        }

        ReadToEnd(ref reader);
        return (seen & 1) == 0 ? throw Missing("attributes", "attributes is missing; give the attributes that were asked with.")
            : at is null ? throw Missing("at", "at is missing; give the at of the answer that allowed it.")
            : ago is null && fields.Length > 2 ? throw Missing("ago", "ago is missing; give the seconds since the call ran.")
            : new BeginCall(new ThrottleRequest(attributes), at.Value, ago ?? TimeSpan.Zero);
    }

    private static List<BatchItem> ReadBatch(ref Utf8JsonReader reader)
    {
        var batch = new List<BatchItem>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (batch.Count == ApiLimits.MaxBatch)
            {
                throw new ApiProblemException(new ApiProblem(
                    413, "batch-too-large", $"The batch has more than {ApiLimits.MaxBatch} requests; use 0 to {ApiLimits.MaxBatch}.")
                {
                    Allowed = $"0 to {ApiLimits.MaxBatch}",
                });
            }

            var start = reader;
            try
            {
                batch.Add(ReadAcquire(ref reader, $"[{batch.Count}]."));
            }
            catch (ApiProblemException e)
            {
                reader = start;
                reader.Skip();
                batch.Add(new BatchItem(default, false, e.Problem));
            }
        }

        return batch;
    }

    private static BatchItem ReadAcquire(ref Utf8JsonReader reader, string path)
    {
        FieldReader.RequireObject(ref reader, path.Length == 0 ? "body" : path[..^1]);
        uint seen = 0;
        var cost = 1L;
        var wait = TimeSpan.Zero;
        var isPeek = false;
        string? rule = null;
        string? key = null;
        Attributes attributes = default;
        while (FieldReader.Next(ref reader, AcquireFields, path, ref seen) is >= 0 and var field)
        {
            switch (field)
            {
                case 0: attributes = ReadAttributes(ref reader, path); break;
                case 1: cost = ReadCost(ref reader, path); break;
                case 2: wait = ReadWait(ref reader, path + "wait"); break;
                case 3: rule = FieldReader.GetText(ref reader, path + "rule", "the id of a rule"); break;
                case 4: key = FieldReader.GetText(ref reader, path + "key", "the key of a bucket, a text"); break;
                default: isPeek = FieldReader.GetFlag(ref reader, path + "peek"); break;
            }
        }

        CheckNamed(path, rule, key, hasAttributes: (seen & 1) != 0);
        return new(new ThrottleRequest(attributes, cost, wait) { Rule = rule, Key = key }, isPeek, null);
    }

    /// <summary>Asked is by attributes, by a rule and its key, or by a rule and attributes that make the key.</summary>
    private static void CheckNamed(string path, string? rule, string? key, bool hasAttributes)
    {
        if (key is not null && rule is null)
        {
            throw Missing(path + "rule", $"{path}key is given without rule; name the rule whose bucket it is.");
        }

        if (key is not null)
        {
            KeyLength.Check(key, $"{path}key");
        }
        else if (!hasAttributes)
        {
            throw Missing(path + "attributes", $$"""{{path}}attributes is missing; give an object such as {"user":"42"}, or a rule and a key.""");
        }
    }

    private static long ReadCost(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var whole) && whole is >= 0 and <= Limits.MaxPermits)
        {
            return whole;
        }

        // 1.0 and 1e3 are whole numbers too.
        var cost = FieldReader.GetNumber(ref reader, path + "cost", AllowedCost);
        return cost is >= 0 and <= Limits.MaxPermits && cost == decimal.Truncate(cost)
            ? (long)cost
            : throw FieldReader.Invalid(ref reader, path + "cost", AllowedCost);
    }

    private static TimeSpan ReadWait(ref Utf8JsonReader reader, string field) =>
        ReadDuration(ref reader, field, AllowedWait, ApiLimits.MaxWait.Ticks, "wait-too-long");

    /// <summary>Seconds as a number, or a text with a unit. Parts of a tick are dropped: nobody waits longer than asked.</summary>
    private static TimeSpan ReadDuration(
        ref Utf8JsonReader reader, string field, string allowed, long maxTicks, string tooLong = "invalid-field")
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return !Durations.TryParse(reader.GetString(), out var ticks, out _) ? throw FieldReader.Invalid(ref reader, field, allowed)
                : ticks > maxTicks ? throw FieldReader.Invalid(ref reader, field, allowed, tooLong)
                : TimeSpan.FromTicks(ticks);
        }

        var seconds = FieldReader.GetNumber(ref reader, field, allowed);
        return seconds < 0 ? throw FieldReader.Invalid(ref reader, field, allowed)
            : seconds > Ticks.ToSeconds(maxTicks) ? throw FieldReader.Invalid(ref reader, field, allowed, tooLong)
            : TimeSpan.FromTicks((long)(seconds * Ticks.PerSecond));
    }

    private static DateTimeOffset ReadInstant(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return Iso8601().IsMatch(reader.GetString()!)
                && DateTimeOffset.TryParse(
                    reader.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
                ? instant
                : throw FieldReader.Invalid(ref reader, field, AllowedInstant);
        }

        var seconds = FieldReader.GetNumber(ref reader, field, AllowedInstant);
        return seconds >= Ticks.ToUnixSeconds(0) && seconds <= Ticks.ToUnixSeconds(Ticks.MaxInstant)
            ? new DateTimeOffset(Ticks.UnixEpoch + (long)(seconds * Ticks.PerSecond), TimeSpan.Zero)
            : throw FieldReader.Invalid(ref reader, field, AllowedInstant);
    }

    private static string ReadLease(ref Utf8JsonReader reader) =>
        FieldReader.GetText(ref reader, "lease", "the text that an allowed answer carried");

    private static void ReadToEnd(ref Utf8JsonReader reader)
    {
        // The reader throws for anything but white space.
        reader.Read();
    }

    private static ApiProblemException Missing(string field, string detail) =>
        new(new ApiProblem(400, "missing-field", detail) { Field = field });

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Iso8601();
}
