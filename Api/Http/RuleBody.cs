using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Throttle.Api.RuleFiles;
using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary>Rules in request bodies, as YAML or JSON: by their content type, or by how they begin where that says neither.</summary>
internal static class RuleBody
{
    public const string Json = "application/json";
    public const string Yaml = "application/yaml";

    private static readonly string[] YamlTypes = [Yaml, "application/x-yaml", "text/yaml", "text/x-yaml"];
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static ValueTask<IReadOnlyList<Rule>> ReadSetAsync(HttpContext context) =>
        ReadAsync(context, RuleFileReader.Read);

    public static ValueTask<Rule> ReadRuleAsync(HttpContext context, string id) =>
        ReadAsync(context, text => RuleFileReader.ReadRule(text, id));

    /// <summary>Whether the caller would rather have YAML.</summary>
    public static bool WantsYaml(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
        {
            return false;
        }

        var yaml = 0.0;
        var json = 0.0;
        foreach (var type in accepted)
        {
            var quality = type.Quality ?? 1;
            if (YamlTypes.Contains(type.MediaType.ToString(), StringComparer.OrdinalIgnoreCase))
            {
                yaml = Math.Max(yaml, quality);
            }
            else
            {
                json = Math.Max(json, quality);
            }
        }

        return yaml > 0 && yaml >= json;
    }

    private static ValueTask<T> ReadAsync<T>(HttpContext context, Func<string, T> read)
    {
        var isJson = IsJson(context.Request.ContentType);
        return RequestBody.ReadAsync(
            context,
            ApiLimits.MaxRulesBodyBytes,
            utf8 => isJson ?? IsJson(utf8) ? RequestBody.ParseJson(utf8, json => read(Decode(AsForm(json)))) : read(Decode(utf8)));
    }

    /// <summary>Whether a body looks like JSON, where the content type does not say: a rule file in YAML starts with a name.</summary>
    private static bool IsJson(ReadOnlySpan<byte> utf8)
    {
        var text = utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        return text.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
    }

    /// <summary>True for the content type of JSON, false for that of YAML, null for any other, such as the form type that a plain <c>curl -d</c> sends.</summary>
    private static bool? IsJson(string? contentType)
    {
        if (MediaTypeHeaderValue.TryParse(contentType, out var type))
        {
            if (type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }

            if (YamlTypes.Contains(type.MediaType.ToString(), StringComparer.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return null;
    }

    private static string Decode(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return StrictUtf8.GetString(utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8);
        }
        catch (DecoderFallbackException)
        {
            throw new ApiProblemException(400, "not-unicode", "The body holds text that is not valid Unicode; send UTF-8.");
        }
    }

    /// <summary>
    /// The JSON in the form of a rule file, so that the answer of <c>GET /v1/rules</c> can be edited and sent back: the version
    /// of the set becomes that of the form, 1, and the versions of the nodes are left out. Spaces make up for what goes, so
    /// that faults are told at their places.
    /// </summary>
    private static ReadOnlySpan<byte> AsForm(ReadOnlySpan<byte> utf8)
    {
        byte[]? edited = null;
        var reader = new Utf8JsonReader(utf8);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
            {
                continue;
            }

            if (reader.ValueTextEquals("version"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out _))
                {
                    var digits = (edited ??= utf8.ToArray()).AsSpan((int)reader.TokenStartIndex, reader.ValueSpan.Length);
                    digits.Fill((byte)' ');
                    digits[0] = (byte)'1';
                }
            }
            else if (reader.ValueTextEquals("nodes"u8))
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                Blank(edited ??= utf8.ToArray(), start, (int)reader.BytesConsumed);
            }
        }

        return edited ?? utf8;
    }

    /// <summary>Puts spaces in the place of a member and of the comma after it, or, where it is the last, before it. Lines stay.</summary>
    private static void Blank(Span<byte> json, int start, int end)
    {
        var after = end + Math.Max(0, json[end..].IndexOfAnyExcept(" \t\r\n"u8));
        if (json[after] == (byte)',')
        {
            end = after + 1;
        }
        else if (json[..start].LastIndexOfAnyExcept(" \t\r\n"u8) is >= 0 and var before && json[before] == (byte)',')
        {
            start = before;
        }

        foreach (ref var c in json[start..end])
        {
            c = c is (byte)'\r' or (byte)'\n' ? c : (byte)' ';
        }
    }
}
