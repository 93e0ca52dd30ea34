using System.Text.Json.Nodes;

namespace Throttle.Core.Fields;

/// <summary>A list of texts that is written as a single value when it has one.</summary>
internal static class TextList
{
    public static JsonNode Write(ValueList<string> texts) =>
        texts.Count == 1 ? texts[0] : new JsonArray([.. texts.Select(text => (JsonNode)text)]);

    public static string Show(ValueList<string> texts) => texts.Count == 1 ? texts[0] : texts.ToString();

    public static JsonObject Schema() => new()
    {
        ["oneOf"] = new JsonArray(
            new JsonObject { ["type"] = "string" },
            new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } }),
    };
}
