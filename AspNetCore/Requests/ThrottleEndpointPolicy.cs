using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;

namespace Throttle.AspNetCore.Requests;

/// <summary>
/// Makes endpoints that name a rule ask it themselves, unless the middleware has. Where routing stands behind the middleware, or
/// there is none, the limit would otherwise be written down and not in force.
/// </summary>
internal sealed class ThrottleEndpointPolicy(ThrottleGate gate) : MatcherPolicy, IEndpointSelectorPolicy
{
    private readonly ConditionalWeakTable<Endpoint, Endpoint> _asking = [];

    /// <summary>After the policies that choose between endpoints.</summary>
    public override int Order => int.MaxValue - 1;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) =>
        endpoints.Any(endpoint => RuleOf(endpoint) is not null);

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i) && RuleOf(candidates[i].Endpoint) is not null)
            {
                candidates.ReplaceEndpoint(i, _asking.GetValue(candidates[i].Endpoint, Asking), candidates[i].Values);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>The rule that an endpoint names. One that is still to be replaced by another is left to that.</summary>
    private static string? RuleOf(Endpoint endpoint) => endpoint is RouteEndpoint { RequestDelegate: not null }
        && endpoint.Metadata.GetMetadata<IDynamicEndpointMetadata>() is null
            ? endpoint.Metadata.GetMetadata<IThrottleMetadata>()?.Rule
            : null;

    private Endpoint Asking(Endpoint endpoint)
    {
        var (route, rule, handle) = ((RouteEndpoint)endpoint, RuleOf(endpoint)!, endpoint.RequestDelegate!);
        return new RouteEndpoint(
            context => gate.PassAsync(context, rule, handle), route.RoutePattern, route.Order, route.Metadata, route.DisplayName);
    }
}
