using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Throttle.Api.Http;

namespace Throttle.Api.Envoy;

/// <summary>
/// Reads a <c>RateLimitRequest</c> in the JSON mapping of protocol buffers: names in camel case or with underscores, whole
/// numbers as numbers or texts, enumerations by name or number, null for what is not given. Unknown and repeated fields are errors.
/// </summary>
internal static class EnvoyRequestJson
{
    private const string AllowedUint32 = "a whole number, 0 to 4294967295";
    private const string AllowedUint64 = "a whole number, 0 to 18446744073709551615";
    private const string AllowedUnit = EnvoyUnits.Allowed + ", or its number, 1 to 7";
    private const int MaxCarried = 1_000;

    // A name's other form stands at the same place behind the first ones.
    private static readonly string[] RequestFields = ["domain", "descriptors", "hitsAddend", "hits_addend"];
    private static readonly string[] DescriptorFields = ["entries", "limit", "hitsAddend", "hits_addend", "isNegativeHits", "is_negative_hits"];
    private static readonly string[] EntryFields = ["key", "value"];
    private static readonly string[] LimitFields = ["unit", "requestsPerUnit", "requests_per_unit"];

    /// <summary>Limits that came with requests, so that the same numbers are one object; beyond so many each is its own.</summary>
    private static readonly ConcurrentDictionary<(uint Requests, EnvoyUnit Unit), EnvoyLimit> Carried = new();

    /// <summary>The request. Throws <see cref="ApiProblemException"/> for what no request may be, or <see cref="JsonException"/>.</summary>
    public static EnvoyRequest Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        FieldReader.RequireObject(ref reader, "body");
        uint seen = 0;
        var domain = "";
        uint hits = 0;
        EnvoyDescriptor[] descriptors = [];
        while (Next(ref reader, RequestFields, "", ref seen) is >= 0 and var field)
        {
            switch (field)
            {
                case 0: domain = ReadText(ref reader, "domain"); break;
                case 1: descriptors = ReadDescriptors(ref reader); break;
                default: hits = (uint)(ReadNumber(ref reader, "hitsAddend", uint.MaxValue, AllowedUint32) ?? 0); break;
            }
        }

        // The reader throws for anything but white space behind the object.
        reader.Read();
        return domain.Length == 0 ? throw Missing("domain", "domain is empty or missing; name the domain of the limits.")
            : descriptors.Length == 0 ? throw Missing("descriptors", """descriptors is empty or missing; give at least one such as {"entries":[{"key":"k","value":"v"}]}.""")
            : new EnvoyRequest(domain, descriptors, hits);
    }

    /// <summary>The next field's place, the same for both forms of a name; -1 at the end.</summary>
    private static int Next(ref Utf8JsonReader reader, string[] names, string path, ref uint seen)
    {
        var field = FieldReader.Next(ref reader, names, path, ref seen);
        var first = field > 0 && names[field].Contains('_', StringComparison.Ordinal) ? field - 1 : field;
        if (first >= 0 && first < names.Length - 1 && (seen & (3u << first)) == 3u << first && names[first + 1].Contains('_', StringComparison.Ordinal))
        {
            throw new ApiProblemException(new ApiProblem(
                400, "repeated-field", $"{path}{names[first]} and {path}{names[first + 1]} are one field; give it once.")
            {
                Field = path + names[first],
            });
        }

        return first;
    }

    private static EnvoyDescriptor[] ReadDescriptors(ref Utf8JsonReader reader)
    {
        var descriptors = new List<EnvoyDescriptor>();
        if (!StartsList(ref reader, "descriptors"))
        {
            return [];
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"descriptors[{descriptors.Count}]");
            CheckRoom("descriptors", descriptors.Count, ApiLimits.MaxBatch);
            descriptors.Add(ReadDescriptor(ref reader, path));
        }

        return [.. descriptors];
    }

    private static EnvoyDescriptor ReadDescriptor(ref Utf8JsonReader reader, string path)
    {
        FieldReader.RequireObject(ref reader, path);
        uint seen = 0;
        EnvoyEntry[] entries = [];
        EnvoyLimit? limit = null;
        ulong? hits = null;
        var isNegative = false;
        while (Next(ref reader, DescriptorFields, path + ".", ref seen) is >= 0 and var field)
        {
            switch (field)
            {
                case 0: entries = ReadEntries(ref reader, path + ".entries"); break;
                case 1: limit = ReadLimit(ref reader, path + ".limit"); break;
                case 2 or 3: hits = ReadNumber(ref reader, path + ".hitsAddend", ulong.MaxValue, AllowedUint64); break;
                default: isNegative = ReadFlag(ref reader, path + ".isNegativeHits"); break;
            }
        }

        return new EnvoyDescriptor(entries, limit, hits, isNegative);
    }

    /// <summary>In the JSON mapping of protocol buffers null is the default, and texts are no booleans.</summary>
    private static bool ReadFlag(ref Utf8JsonReader reader, string field) =>
        reader.TokenType != JsonTokenType.Null && FieldReader.GetFlag(ref reader, field);

    private static EnvoyEntry[] ReadEntries(ref Utf8JsonReader reader, string path)
    {
        var entries = new List<EnvoyEntry>();
        if (!StartsList(ref reader, path))
        {
            return [];
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            CheckRoom(path, entries.Count, EnvoyConfig.MaxEntries);
            entries.Add(ReadEntry(ref reader, string.Create(CultureInfo.InvariantCulture, $"{path}[{entries.Count}]")));
        }

        return [.. entries];
    }

    private static EnvoyEntry ReadEntry(ref Utf8JsonReader reader, string path)
    {
        FieldReader.RequireObject(ref reader, path);
        uint seen = 0;
        var (key, value) = ("", "");
        while (Next(ref reader, EntryFields, path + ".", ref seen) is >= 0 and var field)
        {
            if (field == 0)
            {
                key = ReadText(ref reader, path + ".key");
            }
            else
            {
                value = ReadText(ref reader, path + ".value");
            }
        }

        return new EnvoyEntry(key, value);
    }

    private static EnvoyLimit? ReadLimit(ref Utf8JsonReader reader, string path)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        FieldReader.RequireObject(ref reader, path);
        uint seen = 0;
        uint requests = 0;
        EnvoyUnit? unit = null;
        while (Next(ref reader, LimitFields, path + ".", ref seen) is >= 0 and var field)
        {
            if (field == 0)
            {
                unit = ReadUnit(ref reader, path + ".unit");
            }
            else
            {
                requests = (uint)(ReadNumber(ref reader, path + ".requestsPerUnit", uint.MaxValue, AllowedUint32) ?? 0);
            }
        }

        return unit is { } given
            ? Shared(requests, given)
            : throw Missing(path + ".unit", $"{path}.unit is missing; use {AllowedUnit}.");
    }

    private static EnvoyLimit Shared(uint requests, EnvoyUnit unit)
    {
        if (Carried.TryGetValue((requests, unit), out var known))
        {
            return known;
        }

        var limit = new EnvoyLimit(requests, unit);
        return Carried.Count < MaxCarried ? Carried.GetOrAdd((requests, unit), limit) : limit;
    }

    private static EnvoyUnit ReadUnit(ref Utf8JsonReader reader, string field)
    {
        var unit = reader.TokenType switch
        {
            JsonTokenType.String => EnvoyUnits.Parse(reader.GetString()!),
            JsonTokenType.Number when WholeNumber.TryParse(FieldReader.RawText(ref reader), 0, int.MaxValue, out var number) => (EnvoyUnit)(int)number,
            _ => null,
        };
        return unit is { } known && Enum.IsDefined(known) ? known : throw FieldReader.Invalid(ref reader, field, AllowedUnit);
    }

    private static string ReadText(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Null ? "" : FieldReader.GetText(ref reader, field, "a text");

    /// <summary>A whole number, as a number or a text; null for null.</summary>
    private static ulong? ReadNumber(ref Utf8JsonReader reader, string field, ulong most, string allowed)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        var text = reader.TokenType switch
        {
            JsonTokenType.Number => FieldReader.RawText(ref reader),
            JsonTokenType.String => reader.GetString()!,
            _ => throw FieldReader.Invalid(ref reader, field, allowed),
        };
        return WholeNumber.TryParse(text, 0, most, out var number) ? (ulong)number : throw FieldReader.Invalid(ref reader, field, allowed);
    }

    private static bool StartsList(ref Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.StartArray => true,
        JsonTokenType.Null => false,
        _ => throw FieldReader.Invalid(ref reader, field, "a list"),
    };

    private static void CheckRoom(string field, int count, int most)
    {
        if (count == most)
        {
            throw new ApiProblemException(new ApiProblem(
                400, "too-many-items", string.Create(CultureInfo.InvariantCulture, $"{field} has more than {most} items; use 1 to {most}."))
            {
                Field = field,
                Allowed = string.Create(CultureInfo.InvariantCulture, $"1 to {most}"),
            });
        }
    }

    private static ApiProblemException Missing(string field, string detail) =>
        new(new ApiProblem(400, "missing-field", detail) { Field = field });
}
