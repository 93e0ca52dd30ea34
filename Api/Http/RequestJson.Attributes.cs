using System.Buffers;
using System.Text;
using System.Text.Json;
using Throttle.Core;

namespace Throttle.Api.Http;

internal static partial class RequestJson
{
    private const string AllowedValue = "a text, a number, true or false";

    private static Attributes ReadAttributes(ref Utf8JsonReader reader, string path)
    {
        FieldReader.RequireObject(ref reader, path + "attributes");
        var items = ArrayPool<(string Name, string Value)>.Shared.Rent(ApiLimits.MaxAttributes);
        try
        {
            var count = 0;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var name = ReadName(ref reader, items.AsSpan(0, count), path);
                reader.Read();
                items[count++] = (name, ReadValue(ref reader, name, path));
            }

            return AttributesBuilder.Create(items.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<(string Name, string Value)>.Shared.Return(items, clearArray: true);
        }
    }

    private static string ReadName(ref Utf8JsonReader reader, ReadOnlySpan<(string Name, string Value)> others, string path)
    {
        if (others.Length == ApiLimits.MaxAttributes)
        {
            throw new ApiProblemException(new ApiProblem(
                400,
                "too-many-attributes",
                $"{path}attributes has more than {ApiLimits.MaxAttributes} members; use 0 to {ApiLimits.MaxAttributes}.")
            {
                Field = path + "attributes",
                Allowed = $"0 to {ApiLimits.MaxAttributes}",
            });
        }

        var name = reader.GetString()!;
        if (name.Length is 0 or > ApiLimits.MaxNameLength)
        {
            throw new ApiProblemException(ApiProblem.InvalidField(
                $"A name in {path}attributes",
                name.Length == 0 ? "empty" : $"'{name}' with {name.Length} characters",
                $"1 to {ApiLimits.MaxNameLength} characters",
                "invalid-attribute-name"));
        }

        foreach (var other in others)
        {
            if (string.Equals(other.Name, name, StringComparison.Ordinal))
            {
                throw new ApiProblemException(new ApiProblem(
                    400, "repeated-field", $"{path}attributes.{name} is given twice; give it once.")
                {
                    Field = $"{path}attributes.{name}",
                });
            }
        }

        return name;
    }

    private static string ReadValue(ref Utf8JsonReader reader, string name, string path)
    {
        var value = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number => FieldReader.RawText(ref reader),
            JsonTokenType.True => "true",
            JsonTokenType.False => "false",
            _ => throw FieldReader.Invalid(ref reader, $"{path}attributes.{name}", AllowedValue),
        };

        // A UTF-16 unit is three bytes of UTF-8 at most, so that short values need no count.
        if (value.Length > ApiLimits.MaxValueBytes / 3 && Encoding.UTF8.GetByteCount(value) is > ApiLimits.MaxValueBytes and var bytes)
        {
            throw new ApiProblemException(new ApiProblem(
                400,
                "attribute-too-long",
                $"{path}attributes.{name} is {bytes} bytes long in UTF-8; use 0 to {ApiLimits.MaxValueBytes}.")
            {
                Field = $"{path}attributes.{name}",
                Allowed = $"0 to {ApiLimits.MaxValueBytes} bytes",
            });
        }

        return value;
    }
}
