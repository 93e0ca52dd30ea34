using Microsoft.AspNetCore.Http;
using Throttle.Api.Http;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.Api.ForwardAuth;

/// <summary>
/// <c>/v1/forward-auth</c>: Traefik, Caddy and nginx ask here whether they may pass a request on. It is answered by the status, with the
/// fields of an answer to copy. Nobody tells when the request has ended, so that a place of a concurrency rule is held for its lease.
/// </summary>
internal sealed class ForwardAuthEndpoint(IThrottle throttle, ThrottleApiOptions options)
{
    /// <summary>Where it is.</summary>
    public const string Path = "/v1/forward-auth";

    public async Task HandleAsync(HttpContext context)
    {
        var query = ForwardAuthQuery.Read(context.Request.Query);
        var attributes = ForwardedAttributes.Of(context, query, options.TrustedProxies);
        var decision = await AskAsync(new ThrottleRequest(attributes) { Rule = query.Rule }, context.RequestAborted).ConfigureAwait(false);
        RateLimitFields.Set(context.Response.Headers, decision);
        RateLimitFields.SetLegacy(context.Response.Headers, decision, query.LegacyFields, options.Clock);
        if (decision.IsAllowed)
        {
            context.Response.ContentLength = 0;
            return;
        }

        // A failure of ours stays one: only refusals have the status that was asked for.
        var problem = ApiProblem.Refused(decision);
        await ProblemJson.WriteAsync(context, decision.Error is null ? problem with { Status = query.RefusedStatus } : problem).ConfigureAwait(false);
    }

    private async ValueTask<Decision> AskAsync(ThrottleRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await throttle.ReserveAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (UnknownRuleException e)
        {
            throw new ApiProblemException(ApiProblem.Misuse(e) with { Code = "no-such-rule", Field = "rule" });
        }
        catch (ArgumentException e) when (e is not ArgumentNullException)
        {
            throw new ApiProblemException(ApiProblem.Misuse(e));
        }
    }
}
