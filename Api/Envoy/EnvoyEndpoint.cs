using Microsoft.AspNetCore.Http;
using Throttle.Api.Http;

namespace Throttle.Api.Envoy;

/// <summary><c>/json</c> and <c>/rlconfig</c> of Envoy's ratelimit service.</summary>
/// <param name="service">What decides; null on a node without a configuration.</param>
/// <param name="source">The configuration; null where there is none.</param>
/// <param name="options">How it answers; null where there is no configuration.</param>
internal sealed class EnvoyEndpoint(EnvoyService? service = null, EnvoyConfigSource? source = null, EnvoyOptions? options = null)
{
    /// <summary>200 when the request is within its limits, 429 when it is over.</summary>
    /// <param name="context">The request.</param>
    /// <param name="guard">Tells who may give hits back: anybody could empty the count of another.</param>
    public async Task DecideAsync(HttpContext context, AdminGuard guard)
    {
        if (service is null)
        {
            throw NoConfig();
        }

        var request = await RequestBody.ReadJsonAsync(context, EnvoyRequestJson.Read).ConfigureAwait(false);
        if (request.GivesBack)
        {
            guard.Check(context);
        }

        var (verdict, plan) = await service.DecideAsync(request, context.RequestAborted).ConfigureAwait(false);
        var metadata = options!.HasMetadata ? EnvoyDynamicMetadata.Of(request, plan, verdict) : null;
        await JsonBody.WriteAsync(
            context,
            verdict.IsOver ? StatusCodes.Status429TooManyRequests : StatusCodes.Status200OK,
            (verdict, options.HasHeaders, metadata),
            EnvoyResponseJson.Write).ConfigureAwait(false);
    }

    public Task ShowAsync(HttpContext context)
    {
        if (source is null)
        {
            throw NoConfig();
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsync(source.Current.Dump(), context.RequestAborted);
    }

    private static ApiProblemException NoConfig() =>
        new(404, "no-envoy-config", "No configuration of Envoy's ratelimit service is loaded; start the node with --envoy-config and a file or a folder.");
}
