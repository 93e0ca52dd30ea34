using Microsoft.AspNetCore.Http;

namespace Throttle.Api.Http;

/// <summary>
/// Refuses requests that a page of another site makes its visitor's browser send. A browser sends a simple POST without asking
/// the server first, and the page need not see the answer to have taken permits.
/// </summary>
/// <remarks>
/// Browsers say where a request comes from, and a page cannot change it: in <c>Sec-Fetch-Site</c>, older ones in <c>Origin</c>
/// alone. Other clients send neither.
/// </remarks>
internal static class CrossSite
{
    /// <summary>Fails where a browser says that another origin made the request.</summary>
    public static void Check(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers["Sec-Fetch-Site"] is { Count: > 0 } sites)
        {
            foreach (var site in sites)
            {
                if (site is not ("same-origin" or "none"))
                {
                    throw Refused("Sec-Fetch-Site", site);
                }
            }

            return;
        }

        foreach (var origin in headers.Origin)
        {
            // Without the scheme: a proxy in front may have ended TLS.
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || !IsHost(context.Request.Host, uri))
            {
                throw Refused("Origin", origin);
            }
        }
    }

    private static bool IsHost(HostString host, Uri origin) =>
        string.Equals(host.Host, origin.Host, StringComparison.OrdinalIgnoreCase)
        && (host.Port is { } port ? port == origin.Port : origin.IsDefaultPort);

    private static ApiProblemException Refused(string field, string? value) => new(
        403, "cross-origin", $"{field} is '{ApiProblem.Shorten(value ?? "")}'; pages of other sites may not call this.");
}
