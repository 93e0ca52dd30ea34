using System.Globalization;
using System.Text.Json.Nodes;
using Throttle.Core.Fields;

namespace Throttle.Api.Envoy;

/// <summary>Turns YAML of any form into JSON.</summary>
internal static class EnvoyMetadata
{
    /// <summary>The same as JSON. Of a name that stands twice the last counts, as in Envoy's reader.</summary>
    public static JsonNode? Of(FieldNode node) => node switch
    {
        FieldMap map => OfMap(map),
        FieldList list => new JsonArray([.. list.Items.Select(Of)]),
        FieldScalar { IsNull: true } => null,
        FieldScalar { IsPlain: true } scalar => OfPlain(scalar.Text),
        FieldScalar scalar => JsonValue.Create(scalar.Text),
        _ => null,
    };

    /// <summary>Adds what is not there yet, mappings of the same name member by member: what was there first stays.</summary>
    public static void Merge(JsonObject target, JsonObject source)
    {
        foreach (var (name, value) in source)
        {
            if (!target.TryGetPropertyValue(name, out var there))
            {
                target[name] = value?.DeepClone();
            }
            else if (there is JsonObject inner && value is JsonObject more)
            {
                Merge(inner, more);
            }
        }
    }

    private static JsonObject OfMap(FieldMap map)
    {
        var json = new JsonObject();
        foreach (var (name, value) in map.Entries)
        {
            json[name.Text] = Of(value);
        }

        return json;
    }

    private static JsonValue OfPlain(string text) =>
        EnvoyFields.FlagOf(text) is { } flag ? JsonValue.Create(flag)
        : decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
        : JsonValue.Create(text);
}
