using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Throttle.Cli.Replay;

/// <summary>JSON lines as other programs write them: fields become attributes by a table, by the command line, or by both.</summary>
/// <param name="name">What it is called.</param>
/// <param name="fieldOf">What becomes of a field of the line; null for a log of which only the given fields are read.</param>
/// <param name="given">Fields by name that count before all others; <c>a.b</c> is the field b of the object a.</param>
/// <param name="form">How the application reads paths.</param>
internal sealed class JsonFieldsFormat(
    string name, Func<string, LogField?>? fieldOf, IReadOnlyList<(string Name, LogField Field)> given, RequestForm form) : IReplayFormat
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool TryReadInstant(ReadOnlySpan<byte> line, out long at, [NotNullWhen(false)] out string? fault)
    {
        var request = new RecordedRequest(form);
        var isRead = TryRead(line, request, out fault);
        at = request.At ?? 0;
        return isRead;
    }

    /// <inheritdoc/>
    public ReplayEntry Read(ReadOnlySpan<byte> line)
    {
        var request = new RecordedRequest(form);
        return TryRead(line, request, out var fault) ? request.ToEntry(isCutOff: false) : throw new FormatException(fault);
    }

    private bool TryRead(ReadOnlySpan<byte> line, RecordedRequest request, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            fault = reader.Read() ? "more than one JSON value"
                : document.RootElement.ValueKind != JsonValueKind.Object ? "not a JSON object"
                : Add(document.RootElement, request);
        }
        catch (JsonException e)
        {
            fault = string.Create(CultureInfo.InvariantCulture, $"not JSON, from byte {(e.BytePositionInLine ?? 0) + 1} on");
        }
        catch (InvalidOperationException)
        {
            // The reader throws this for text that is no Unicode, such as half a surrogate pair.
            fault = "text that is not valid Unicode";
        }

        return fault is null;
    }

    private string? Add(JsonElement line, RecordedRequest request)
    {
        foreach (var (path, field) in given)
        {
            if (Find(line, path) is { } element && AddValue(element, field, request) is { } fault)
            {
                return $"{path}: {fault}";
            }
        }

        foreach (var property in fieldOf is null ? default : line.EnumerateObject())
        {
            if (fieldOf!(property.Name) is { } field && AddValue(property.Value, field, request) is { } fault)
            {
                return $"{property.Name}: {fault}";
            }
        }

        return request.At is null ? $"no time in {TimeFields}" : null;
    }

    private string TimeFields => given.FirstOrDefault(one => one.Field.Kind == PartKind.At).Name
        ?? (string.Equals(name, ReplayFormats.Cloudflare, StringComparison.Ordinal) ? "EdgeStartTimestamp" : "time_iso8601, time_local or msec");

    private static string? AddValue(JsonElement element, LogField field, RecordedRequest request) =>
        TextOf(element) is not { } text || request.TryAdd(field, text, out var fault) ? null : fault;

    /// <summary>The field of this name; else the way into objects that its dots describe.</summary>
    private static JsonElement? Find(JsonElement from, string path)
    {
        if (from.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (from.TryGetProperty(path, out var found))
        {
            return found;
        }

        var dot = path.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && from.TryGetProperty(path[..dot], out var inner) ? Find(inner, path[(dot + 1)..]) : null;
    }

    /// <summary>Of a list the first one, for header fields are often lists; null for an object and for nothing.</summary>
    private static string? TextOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => element.GetRawText(),
        JsonValueKind.Array when element.GetArrayLength() > 0 => TextOf(element[0]),
        _ => null,
    };
}
