using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Throttle.Api.Http;

/// <summary>Lets edits and resets through: by their token, or without one only on loopback.</summary>
internal sealed class AdminGuard(ThrottleApiOptions options)
{
    private const string Scheme = "Bearer ";

    private static readonly string[] ProxyHeaders = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"];

    private readonly byte[]? _tokenHash = options.AdminToken switch
    {
        null => null,
        "" => throw new ArgumentException("AdminToken is empty; give a token, or null where edits need none.", nameof(options)),
        var token => Hash(token),
    };

    /// <summary>Fails unless the request may edit.</summary>
    public void Check(HttpContext context)
    {
        if (_tokenHash is null)
        {
            CheckLoopback(context);
        }
        else
        {
            CheckToken(context, _tokenHash);
        }
    }

    // Hashes have one length, so that the comparison's time says nothing about the token, its length included.
    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static void CheckToken(HttpContext context, byte[] tokenHash)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"throttle\"";
            throw new ApiProblemException(
                401, "token-missing", "This needs the admin token; send it as 'Authorization: Bearer TOKEN'.");
        }

        if (!CryptographicOperations.FixedTimeEquals(Hash(authorization[Scheme.Length..].Trim()), tokenHash))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"throttle\", error=\"invalid_token\"";
            throw new ApiProblemException(401, "token-wrong", "The admin token is not the one this node was started with.");
        }
    }

    /// <remarks>
    /// A web page can make its visitor's browser call this machine: under the page's own host name (DNS rebinding), or
    /// with a request that says where it comes from. And a proxy on this machine passes on what comes from elsewhere. None
    /// of them may edit.
    /// </remarks>
    private static void CheckLoopback(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address))
        {
            throw Forbidden("not-loopback", $"Without an admin token edits are taken from this machine only, not from {address}.");
        }

        if (ProxyHeaders.FirstOrDefault(context.Request.Headers.ContainsKey) is { } header)
        {
            throw Forbidden("proxied", $"The request came through a proxy, as its field {header} says; edits through one need an admin token.");
        }

        var host = context.Request.Host.Host;
        if (!LoopbackHosts.IsLoopback(host))
        {
            throw Forbidden(
                "host-not-loopback",
                $"Host is '{ApiProblem.Shorten(host)}'; without an admin token edits need localhost, 127.0.0.1 or [::1].");
        }

        foreach (var origin in context.Request.Headers.Origin)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || !LoopbackHosts.IsLoopback(uri.Host))
            {
                throw Forbidden(
                    "cross-origin", $"Origin is '{ApiProblem.Shorten(origin ?? "")}'; without an admin token pages of other sites cannot edit.");
            }
        }
    }

    private static ApiProblemException Forbidden(string code, string detail) => new(403, code, detail);
}
