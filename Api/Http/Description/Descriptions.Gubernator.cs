using Microsoft.AspNetCore.Builder;

namespace Throttle.Api.Http.Description;

/// <content>gubernator's endpoints.</content>
internal static partial class Descriptions
{
    public static void GetRateLimits(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "getRateLimits", "gubernator", "Asks for permits as gubernator's clients do", """
            The limits come with the request. 200 also when an item is over its limit; what is wrong with one item is told in its
            place. Keys of this path never meet those of rules.
            """);
        Takes<Schemas.GetRateLimitsRequest>(endpoint, Json);
        Gives<Schemas.GetRateLimitsAnswer>(endpoint, 200);
        Fails(endpoint, 400, 413, 415);
    }

    public static void HealthCheck(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "healthCheck", "gubernator", "Whether requests are taken, as gubernator tells it", "200 also when it is unhealthy; /health/ready has a status for that.");
        Gives<Schemas.HealthCheck>(endpoint, 200);
    }

    public static void LiveCheck(IEndpointConventionBuilder endpoint)
    {
        Say(endpoint, "liveCheck", "gubernator", "Answers as long as the process does", "An empty object.");
        Gives<Schemas.LiveCheck>(endpoint, 200);
    }
}
