using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Api.Http;

/// <summary><c>GET</c>, <c>PUT</c> and <c>DELETE /v1/buckets/{rule}/{key}</c>: shows one bucket, sets its factor, or makes it new.</summary>
internal sealed class BucketEndpoint(IThrottle throttle)
{
    private static readonly KeyedPath Path = new("/v1/buckets/");

    public async Task ShowAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var bucket = await throttle.InspectAsync(rule, key, context.RequestAborted).ConfigureAwait(false)
            ?? throw KeyedPath.NoSuchRule(rule);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, bucket, DecisionJson.WriteBucket).ConfigureAwait(false);
    }

    public async Task SetFactorAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var factor = await RequestBody.ReadJsonAsync(context, RequestJson.Factor).ConfigureAwait(false);
        try
        {
            _ = await throttle.SetFactorAsync(rule, key, factor, context.RequestAborted).ConfigureAwait(false)
                ?? throw KeyedPath.NoSuchRule(rule);
        }
        catch (FactorNotSettableException e)
        {
            throw new ApiProblemException(new ApiProblem(409, "factor-not-set", e.Message) { Field = "factor" });
        }

        await ShowAsync(context).ConfigureAwait(false);
    }

    public async Task ResetAsync(HttpContext context)
    {
        var (rule, key) = Path.Find(context);
        var wasUsed = await throttle.ResetAsync(rule, key, context.RequestAborted).ConfigureAwait(false)
            ?? throw KeyedPath.NoSuchRule(rule);
        await JsonBody.WriteAsync(context, StatusCodes.Status200OK, wasUsed, WriteReset).ConfigureAwait(false);
    }

    private static void WriteReset(Utf8JsonWriter writer, bool wasUsed)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("reset"u8, wasUsed);
        writer.WriteEndObject();
    }
}
