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

    public async Task ResetAsync(HttpContext context)
    {
        var (rule, key) = Find(context);
        var wasUsed = await throttle.ResetAsync(rule, key, context.RequestAborted).ConfigureAwait(false)
            ?? throw NoSuchRule(rule);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, wasUsed, WriteReset).ConfigureAwait(false);
    }

    /// <summary>The rule and key of the path as it was sent: the server's own decoding leaves <c>%2F</c> alone and so mixes it up with <c>%252F</c>.</summary>
    private static (string Rule, string Key) Find(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.AsSpan();
        path = path.IndexOf('?') is >= 0 and var query ? path[..query] : path;
        var start = path.IndexOf(Prefix, StringComparison.Ordinal);
        string rule;
        string key;
        if (start < 0)
        {
            rule = context.Request.RouteValues["rule"] as string ?? "";
            key = context.Request.RouteValues["key"] as string ?? "";
        }
        else
        {
            path = path[(start + Prefix.Length)..];
            var slash = path.IndexOf('/');
            rule = Uri.UnescapeDataString(slash < 0 ? path : path[..slash]);
            key = slash < 0 ? "" : Uri.UnescapeDataString(path[(slash + 1)..]);
        }

        KeyLength.Check(key, "The key");
        return (rule, key);
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
