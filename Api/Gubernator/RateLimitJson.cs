using System.Globalization;
using System.Text.Json;
using Throttle.Api.Http;

namespace Throttle.Api.Gubernator;

/// <summary>gubernator's bodies in the JSON form of protocol buffers: camelCase or snake_case in, snake_case out, int64 as text.</summary>
internal static class RateLimitJson
{
    /// <summary>The most items of one request.</summary>
    public const int MaxItems = 1_000;

    private const string AllowedNumber = "a whole number, as a number or as a text, -9223372036854775808 to 9223372036854775807";

    // In pairs that name one field: as in JSON, as in the protocol file.
    private static readonly string[] Fields =
    [
        "name", "name", "uniqueKey", "unique_key", "hits", "hits", "limit", "limit", "duration", "duration",
        "algorithm", "algorithm", "behavior", "behavior", "burst", "burst",
    ];

    private static readonly (string Name, int Number)[] Algorithms = [("TOKEN_BUCKET", 0), ("LEAKY_BUCKET", 1)];

    private static readonly (string Name, int Number)[] Behaviors =
    [
        ("BATCHING", 0), ("NO_BATCHING", 1), ("GLOBAL", 2), ("DURATION_IS_GREGORIAN", 4), ("RESET_REMAINING", 8), ("MULTI_REGION", 16),
        ("DRAIN_OVER_LIMIT", 32),
    ];

    /// <summary>The items of a request. Fields that are not known are passed over, as gubernator does.</summary>
    /// <exception cref="ApiProblemException">Something is not of its type, or there are too many items.</exception>
    public static List<RateLimitRequest> Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        reader.Read();
        FieldReader.RequireObject(ref reader, "body");
        List<RateLimitRequest>? items = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isItems = reader.ValueTextEquals("requests"u8);
            reader.Read();
            if (!isItems)
            {
                reader.Skip();
                continue;
            }

            items = items is null ? ReadItems(ref reader) : throw Repeated("requests");
        }

        reader.Read();
        return items ?? [];
    }

    /// <summary>Writes the answers, in order.</summary>
    public static void Write(Utf8JsonWriter writer, RateLimitAnswer[] answers)
    {
        Span<byte> digits = stackalloc byte[20];
        writer.WriteStartObject();
        writer.WriteStartArray("responses"u8);
        foreach (var answer in answers)
        {
            writer.WriteStartObject();
            writer.WriteString("status"u8, answer.IsOver ? "OVER_LIMIT"u8 : "UNDER_LIMIT"u8);
            WriteNumber(writer, "limit"u8, answer.Limit, digits);
            WriteNumber(writer, "remaining"u8, answer.Remaining, digits);
            WriteNumber(writer, "reset_time"u8, answer.ResetTime, digits);
            writer.WriteString("error"u8, answer.Error);
            writer.WriteStartObject("metadata"u8);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long number, Span<byte> digits)
    {
        number.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
        writer.WriteString(name, digits[..length]);
    }

    private static List<RateLimitRequest> ReadItems(ref Utf8JsonReader reader)
    {
        var items = new List<RateLimitRequest>();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return items;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw FieldReader.Invalid(ref reader, "requests", "an array of requests");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == MaxItems)
            {
                throw new ApiProblemException(new ApiProblem(400, "too-many-requests", $"Requests.RateLimits list too large; max size is '{MaxItems}'")
                {
                    Field = "requests",
                    Allowed = $"0 to {MaxItems}",
                });
            }

            items.Add(ReadItem(ref reader, string.Create(CultureInfo.InvariantCulture, $"requests[{items.Count}].")));
        }

        return items;
    }

    private static RateLimitRequest ReadItem(ref Utf8JsonReader reader, string path)
    {
        FieldReader.RequireObject(ref reader, path[..^1]);
        var item = new RateLimitRequest("", "", 0, 0, 0, default, default, 0);
        var seen = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var field = FieldOf(ref reader);
            if (field < 0)
            {
                reader.Read();
                reader.Skip();
                continue;
            }

            var name = path + reader.GetString();
            seen = (seen & (1 << field)) == 0 ? seen | (1 << field) : throw Repeated(name);
            reader.Read();
            item = field switch
            {
                0 => item with { Name = ReadText(ref reader, name) },
                1 => item with { UniqueKey = ReadText(ref reader, name) },
                2 => item with { Hits = ReadNumber(ref reader, name) },
                3 => item with { Limit = ReadNumber(ref reader, name) },
                4 => item with { Duration = ReadNumber(ref reader, name) },
                5 => item with { Algorithm = (RateLimitAlgorithm)ReadEnum(ref reader, name, Algorithms) },
                6 => item with { Behavior = (RateLimitBehaviors)ReadEnum(ref reader, name, Behaviors) },
                _ => item with { Burst = ReadNumber(ref reader, name) },
            };
        }

        return item;
    }

    private static int FieldOf(ref Utf8JsonReader reader)
    {
        for (var i = 0; i < Fields.Length; i++)
        {
            if (reader.ValueTextEquals(Fields[i]))
            {
                return i / 2;
            }
        }

        return -1;
    }

    private static string ReadText(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Null ? "" : FieldReader.GetText(ref reader, field, "a text");

    private static long ReadNumber(ref Utf8JsonReader reader, string field)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return 0;
            case JsonTokenType.Number when WholeNumber.TryParse(FieldReader.RawText(ref reader), long.MinValue, long.MaxValue, out var number):
                return (long)number;
            case JsonTokenType.String when WholeNumber.TryParse(reader.GetString()!, long.MinValue, long.MaxValue, out var number):
                return (long)number;
            default:
                throw FieldReader.Invalid(ref reader, field, AllowedNumber);
        }
    }

    /// <summary>A value by its name, or by its number, which need not have one.</summary>
    private static int ReadEnum(ref Utf8JsonReader reader, string field, (string Name, int Number)[] values)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return 0;
        }

        foreach (var (name, number) in values)
        {
            if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(name))
            {
                return number;
            }
        }

        if (reader.TokenType == JsonTokenType.Number
            && WholeNumber.TryParse(FieldReader.RawText(ref reader), int.MinValue, int.MaxValue, out var given))
        {
            return (int)given;
        }

        throw FieldReader.Invalid(ref reader, field, $"a number, or one of {string.Join(", ", values.Select(v => v.Name))}");
    }

    private static ApiProblemException Repeated(string field) =>
        new(new ApiProblem(400, "repeated-field", $"{field} is given twice; give it once.") { Field = field });
}
