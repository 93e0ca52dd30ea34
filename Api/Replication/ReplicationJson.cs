using System.Globalization;
using System.Text.Json;
using Throttle.Api.Http;
using Throttle.Core.Replication;
using Throttle.Core.Rules;

namespace Throttle.Api.Replication;

/// <summary>What nodes say to one another, as JSON. What is read is checked to the last number: it comes from another machine.</summary>
internal static class ReplicationJson
{
    // The last whole number that every JSON reader keeps exact is no limit here: both ends are ours.
    private const string AllowedCount = "a whole number, 0 to 9223372036854775807";

    private static readonly string[] PageFields = ["region", "incarnation", "after", "through", "last", "entries"];
    private static readonly string[] EntryFields = ["rule", "key", "count", "start", "version", "consumed", "returned", "outstanding"];
    private static readonly string[] AnswerFields = ["region", "through"];

    public static byte[] Write(ReplicationPage page)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("region"u8, page.Region);
            writer.WriteNumber("incarnation"u8, page.Incarnation);
            writer.WriteNumber("after"u8, page.After);
            writer.WriteNumber("through"u8, page.Through);
            writer.WriteBoolean("last"u8, page.IsLast);
            writer.WriteStartArray("entries"u8);
            foreach (var entry in page.Entries)
            {
                Write(writer, entry);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    public static void WriteAnswer(Utf8JsonWriter writer, (string Region, long Through) answer)
    {
        writer.WriteStartObject();
        writer.WriteString("region"u8, answer.Region);
        writer.WriteNumber("through"u8, answer.Through);
        writer.WriteEndObject();
    }

    /// <exception cref="ApiProblemException">It is no page.</exception>
    public static ReplicationPage ReadPage(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        FieldReader.RequireObject(ref reader, "body");
        uint seen = 0;
        var (region, incarnation, after, through, isLast) = ("", 0L, 0L, 0L, false);
        List<ReplicationEntry> entries = [];
        while (FieldReader.Next(ref reader, PageFields, "", ref seen) is >= 0 and var field)
        {
            switch (field)
            {
                case 0: region = ReadRegion(ref reader); break;
                case 1: incarnation = ReadCount(ref reader, "incarnation"); break;
                case 2: after = ReadCount(ref reader, "after"); break;
                case 3: through = ReadCount(ref reader, "through"); break;
                case 4: isLast = ReadFlag(ref reader, "last"); break;
                default: entries = ReadEntries(ref reader); break;
            }
        }

        reader.Read();
        NeedAll(PageFields, seen, "");
        if (incarnation < 1 || through < after)
        {
            throw Invalid("through", through, $"after ({after}) or more, with an incarnation of 1 or more");
        }

        CheckOrder(entries, after, through);
        return new(region, incarnation, after, through, isLast, entries);
    }

    /// <returns>The answering region, and what it has; null where it is no answer.</returns>
    public static (string Region, long Through)? ReadAnswer(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            reader.Read();
            FieldReader.RequireObject(ref reader, "body");
            uint seen = 0;
            var (region, through) = ("", 0L);
            while (FieldReader.Next(ref reader, AnswerFields, "", ref seen) is >= 0 and var field)
            {
                if (field == 0)
                {
                    region = ReadRegion(ref reader);
                }
                else
                {
                    through = ReadCount(ref reader, "through");
                }
            }

            return seen == 0b11 ? (region, through) : null;
        }
        catch (Exception e) when (e is JsonException or ApiProblemException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Write(Utf8JsonWriter writer, in ReplicationEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("rule"u8, entry.Rule);
        writer.WriteString("key"u8, entry.Key);
        writer.WriteNumber("count"u8, entry.Count);
        writer.WriteNumber("start"u8, entry.Start);
        writer.WriteNumber("version"u8, entry.Version);
        writer.WriteNumber("consumed"u8, entry.Consumed);
        writer.WriteNumber("returned"u8, entry.Returned);
        writer.WriteNumber("outstanding"u8, entry.Outstanding);
        writer.WriteEndObject();
    }

    private static List<ReplicationEntry> ReadEntries(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw FieldReader.Invalid(ref reader, "entries", "an array");
        }

        var entries = new List<ReplicationEntry>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (entries.Count == ReplicationLimits.MaxEntries)
            {
                throw new ApiProblemException(413, "too-many-entries", $"There are more than {ReplicationLimits.MaxEntries} entries; send them in pages.");
            }

            entries.Add(ReadEntry(ref reader, $"entries[{entries.Count}]."));
        }

        return entries;
    }

    private static ReplicationEntry ReadEntry(ref Utf8JsonReader reader, string path)
    {
        FieldReader.RequireObject(ref reader, path[..^1]);
        uint seen = 0;
        var entry = new ReplicationEntry("", "", 0, 0, 0, 0, 0, 0);
        while (FieldReader.Next(ref reader, EntryFields, path, ref seen) is >= 0 and var field)
        {
            entry = field switch
            {
                0 => entry with { Rule = FieldReader.GetText(ref reader, path + "rule", "a rule's id") },
                1 => entry with { Key = FieldReader.GetText(ref reader, path + "key", "a bucket's key") },
                2 => entry with { Count = ReadCount(ref reader, path + "count") },
                3 => entry with { Start = ReadCount(ref reader, path + "start") },
                4 => entry with { Version = ReadCount(ref reader, path + "version") },
                5 => entry with { Consumed = ReadCount(ref reader, path + "consumed") },
                6 => entry with { Returned = ReadCount(ref reader, path + "returned") },
                _ => entry with { Outstanding = ReadCount(ref reader, path + "outstanding") },
            };
        }

        NeedAll(EntryFields, seen, path);
        Check(entry, path);
        return entry;
    }

    private static void Check(in ReplicationEntry entry, string path)
    {
        if (entry.Rule.Length is 0 or > RuleLimits.MaxIdLength)
        {
            throw new ApiProblemException(ApiProblem.InvalidField($"{path}rule", $"'{entry.Rule}'", "a rule's id"));
        }

        KeyLength.Check(entry.Key, $"{path}key");
        if (entry.Count < 1)
        {
            throw Invalid($"{path}count", entry.Count, "1 to 9223372036854775807");
        }

        if (entry.Version < entry.Start)
        {
            throw Invalid($"{path}version", entry.Version, $"start ({entry.Start}) or more");
        }

        if (entry.Returned > entry.Consumed)
        {
            throw Invalid($"{path}returned", entry.Returned, $"0 to consumed ({entry.Consumed})");
        }
    }

    private static void CheckOrder(List<ReplicationEntry> entries, long after, long through)
    {
        var last = after;
        foreach (var entry in entries)
        {
            if (entry.Version <= last || entry.Version > through)
            {
                throw Invalid("version", entry.Version, $"rising numbers above {last}, up to through ({through})");
            }

            last = entry.Version;
        }
    }

    private static string ReadRegion(ref Utf8JsonReader reader)
    {
        var region = FieldReader.GetText(ref reader, "region", "a text");
        return ReplicationLimits.RegionFault(region) is null
            ? region
            : throw FieldReader.Invalid(ref reader, "region", $"1 to {ReplicationLimits.MaxRegionLength} of the characters a-z, 0-9 and -");
    }

    private static long ReadCount(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0
            ? number
            : throw FieldReader.Invalid(ref reader, field, AllowedCount);

    private static bool ReadFlag(ref Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw FieldReader.Invalid(ref reader, field, "true or false"),
    };

    private static void NeedAll(string[] fields, uint seen, string path)
    {
        for (var i = 0; i < fields.Length; i++)
        {
            if ((seen & (1u << i)) == 0)
            {
                throw new ApiProblemException(
                    new ApiProblem(400, "missing-field", $"{path}{fields[i]} is missing.") { Field = path + fields[i] });
            }
        }
    }

    private static ApiProblemException Invalid(string field, long value, string allowed) =>
        new(ApiProblem.InvalidField(field, value.ToString(CultureInfo.InvariantCulture), allowed));
}
