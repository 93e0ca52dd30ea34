using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Throttle.Api.Http;

/// <summary>Reads a JSON object's fields from a known list: unknown and repeated ones are errors that name them.</summary>
internal static class FieldReader
{
    /// <summary>Moves to the value of the next field.</summary>
    /// <param name="reader">On the object's start or on the end of the previous value.</param>
    /// <param name="names">The known fields, at most 32.</param>
    /// <param name="path">The object's place, empty at the top and ending in a dot elsewhere.</param>
    /// <param name="seen">A bit for each field that has been there; zero to begin with.</param>
    /// <returns>The field's place in <paramref name="names"/>, or -1 at the object's end.</returns>
    public static int Next(ref Utf8JsonReader reader, ReadOnlySpan<string> names, string path, ref uint seen)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            return -1;
        }

        for (var i = 0; i < names.Length; i++)
        {
            if (!reader.ValueTextEquals(names[i]))
            {
                continue;
            }

            if ((seen & (1u << i)) != 0)
            {
                throw new ApiProblemException(new ApiProblem(400, "repeated-field", $"{path}{names[i]} is given twice; give it once.")
                {
                    Field = path + names[i],
                });
            }

            seen |= 1u << i;
            reader.Read();
            return i;
        }

        throw Unknown(path + ApiProblem.Shorten(reader.GetString()!), names);
    }

    /// <summary>Fails unless the value is an object.</summary>
    public static void RequireObject(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Invalid(ref reader, field, "a JSON object");
        }
    }

    /// <summary>The value's text.</summary>
    public static string GetText(ref Utf8JsonReader reader, string field, string allowed) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Invalid(ref reader, field, allowed);

    /// <summary>The value as a flag, or an error.</summary>
    public static bool GetFlag(ref Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Invalid(ref reader, field, "true or false"),
    };

    /// <summary>The value as a number without loss, or an error.</summary>
    public static decimal GetNumber(ref Utf8JsonReader reader, string field, string allowed) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var number)
            ? number
            : throw Invalid(ref reader, field, allowed);

    /// <summary>The error of a value that the field does not take.</summary>
    public static ApiProblemException Invalid(
        ref Utf8JsonReader reader, string field, string allowed, string code = "invalid-field") =>
        new(ApiProblem.InvalidField(field, Describe(ref reader), allowed, code));

    /// <summary>A scalar's text as it was sent.</summary>
    public static string RawText(ref Utf8JsonReader reader) => Encoding.UTF8.GetString(reader.ValueSpan);

    private static string Describe(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"'{reader.GetString()}'",
        _ => RawText(ref reader),
    };

    private static ApiProblemException Unknown(string field, ReadOnlySpan<string> names)
    {
        var known = string.Join(", ", names!);
        return new ApiProblemException(
            new ApiProblem(400, "unknown-field", string.Create(CultureInfo.InvariantCulture, $"{field} is not known; use {known}."))
            {
                Field = field,
                Allowed = known,
            });
    }
}
