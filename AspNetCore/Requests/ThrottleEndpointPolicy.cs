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

    /// <summary>Also where endpoints are still to be replaced by others, which may name a rule.</summary>
    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) =>
        ContainsDynamicEndpoints(endpoints) || endpoints.Any(endpoint => RuleOf(endpoint) is not null);

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
    private static string? RuleOf(Endpoint endpoint) => endpoint.RequestDelegate is not null
        && endpoint.Metadata.GetMetadata<IDynamicEndpointMetadata>() is null
            ? endpoint.Metadata.GetMetadata<IThrottleMetadata>()?.Rule
            : null;

    private Endpoint Asking(Endpoint endpoint)
    {
        var (rule, handle) = (RuleOf(endpoint)!, endpoint.RequestDelegate!);
        Task Ask(HttpContext context) => gate.PassAsync(context, rule, handle);

        // What a dynamic route leads to has no route of its own.
        return endpoint is RouteEndpoint route
            ? new RouteEndpoint(Ask, route.RoutePattern, route.Order, route.Metadata, route.DisplayName)
            : new Endpoint(Ask, endpoint.Metadata, endpoint.DisplayName);
    }
}
