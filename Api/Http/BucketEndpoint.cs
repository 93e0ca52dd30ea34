using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Throttle.Core;

namespace Throttle.Api.Http;

/// <summary><c>GET</c> and <c>DELETE /v1/buckets/{rule}/{key}</c>: shows one bucket, or makes it new.</summary>
internal sealed class BucketEndpoint(IThrottle throttle)
{
    private const string Prefix = "/v1/buckets/";

    public async Task ShowAsync(HttpContext context)
    {
        var (rule, key) = Find(context);
        var bucket = await throttle.InspectAsync(rule, key, context.RequestAborted).ConfigureAwait(false)
            ?? throw NoSuchRule(rule);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, bucket, DecisionJson.WriteBucket).ConfigureAwait(false);
    }

    public async Task SetFactorAsync(HttpContext context)
    {
        var (rule, key) = Find(context);
        var factor = await RequestBody.ReadJsonAsync(context, RequestJson.Factor).ConfigureAwait(false);
        try
        {
            _ = await throttle.SetFactorAsync(rule, key, factor, context.RequestAborted).ConfigureAwait(false)
                ?? throw NoSuchRule(rule);
        }
        catch (InvalidOperationException e)
        {
            throw new ApiProblemException(new ApiProblem(409, "factor-not-set", e.Message) { Field = "factor" });
        }

        await ShowAsync(context).ConfigureAwait(false);
    }

    public async Task ResetAsync(HttpContext context)
    {
        var (rule, key) = Find(context);
        var wasUsed = await throttle.ResetAsync(rule, key, context.RequestAborted).ConfigureAwait(false)
            ?? throw NoSuchRule(rule);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, wasUsed, WriteReset).ConfigureAwait(false);
    }

    private static (string Rule, string Key) Find(HttpContext context)
    {
        var (rule, key) = FindInPath(context);
        var asked = context.Request.Query["key"];
        if (asked.Count > 1 || (asked.Count == 1 && key.Length > 0))
        {
            throw new ApiProblemException(
                new ApiProblem(400, "repeated-field", "key is given twice, in the path or in the query; give it once.") { Field = "key" });
        }

        key = asked.Count == 1 ? asked[0] ?? "" : key;

        KeyLength.Check(key, "The key");
        return (rule, key);
    }

    /// <summary>The rule and key of the path as it was sent: the server's own decoding leaves <c>%2F</c> alone and so mixes it up with <c>%252F</c>.</summary>
    private static (string Rule, string Key) FindInPath(HttpContext context)
    {
        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        path = path.IndexOf('?') is >= 0 and var query ? path[..query] : path;
        var start = path.IndexOf(Prefix, StringComparison.Ordinal);
        if (start < 0)
        {
            var values = context.Request.RouteValues;
            return (values["rule"] as string ?? "", values["key"] as string ?? "");
        }

        path = path[(start + Prefix.Length)..];
        var slash = path.IndexOf('/');
        return slash < 0
            ? (Uri.UnescapeDataString(path), "")
            : (Uri.UnescapeDataString(path[..slash]), Uri.UnescapeDataString(path[(slash + 1)..]));
    }

    private static ApiProblemException NoSuchRule(string rule) => new(new ApiProblem(
        404, "no-such-rule", $"There is no rule '{ApiProblem.Shorten(rule)}'; GET /v1/rules lists them.")
    {
        Field = "rule",
        Value = ApiProblem.Shorten(rule),
    });

    private static void WriteReset(Utf8JsonWriter writer, bool wasUsed)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("reset"u8, wasUsed);
        writer.WriteEndObject();
    }
}
