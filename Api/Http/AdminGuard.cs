using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Throttle.Api.Http;

/// <summary>Lets those through who may edit, or read what is not for everybody: by their token, or without one only on loopback.</summary>
internal sealed class AdminGuard(ThrottleApiOptions options)
{
    private const string Basic = "Basic ";

    private static readonly string[] ProxyHeaders = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"];

    private readonly ThrottleApiOptions _options = options.AdminToken is ""
        ? throw new ArgumentException("AdminToken is empty; give a token, or null where edits need none.", nameof(options))
        : options;

    /// <summary>Fails unless the request may edit.</summary>
    public void Check(HttpContext context) => Check(context, allowsBasic: false);

    /// <summary>
    /// Fails unless the request may see what the token protects. Takes the token also as the password of HTTP Basic, which a
    /// browser asks for; only for what changes nothing, because browsers send that to wherever another site's page points.
    /// </summary>
    public void CheckReader(HttpContext context) => Check(context, allowsBasic: true);

    /// <summary>Whether the request may see what the token protects, for answers that leave it out for others.</summary>
    public bool MayRead(HttpContext context) => _options.Bearer is not { } token
        ? FaultOfLoopback(context) is null
        : GivenToken(context, allowsBasic: true) is { } given && token.Is(given);

    private void Check(HttpContext context, bool allowsBasic)
    {
        if (_options.Bearer is not { } token)
        {
            if (FaultOfLoopback(context) is { } fault)
            {
                throw fault;
            }

            return;
        }

        if (GivenToken(context, allowsBasic) is not { } given)
        {
            context.Response.Headers.WWWAuthenticate =
                allowsBasic ? "Basic realm=\"throttle\", charset=\"UTF-8\"" : "Bearer realm=\"throttle\"";
            throw new ApiProblemException(
                401,
                "token-missing",
                allowsBasic
                    ? "This needs the admin token; send it as 'Authorization: Bearer TOKEN', or as a password with any user name."
                    : "This needs the admin token; send it as 'Authorization: Bearer TOKEN'.");
        }

        if (!token.Is(given))
        {
            context.Response.Headers.WWWAuthenticate =
                allowsBasic ? "Basic realm=\"throttle\", charset=\"UTF-8\"" : "Bearer realm=\"throttle\", error=\"invalid_token\"";
            throw new ApiProblemException(401, "token-wrong", "The admin token is not the one this node was started with.");
        }
    }

    private static string? GivenToken(HttpContext context, bool allowsBasic)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        return BearerToken.In(context.Request) is { } bearer ? bearer
            : allowsBasic && authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase) ? PasswordOf(authorization[Basic.Length..].Trim())
            : null;
    }

    /// <summary>What follows the user name; empty where the form is not that of HTTP Basic.</summary>
    private static string PasswordOf(string credentials)
    {
        var bytes = new byte[credentials.Length];
        if (!Convert.TryFromBase64String(credentials, bytes, out var length))
        {
            return "";
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length);
        return text[(text.IndexOf(':') + 1)..];
    }

    /// <remarks>
    /// A web page can make its visitor's browser call this machine: under the page's own host name (DNS rebinding), or
    /// with a request that says where it comes from. And a proxy on this machine passes on what comes from elsewhere. None
    /// of them may edit, or read what the token protects.
    /// </remarks>
    private static ApiProblemException? FaultOfLoopback(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address))
        {
            return Forbidden("not-loopback", $"Without an admin token this is for callers on this machine only, not for {address}.");
        }

        if (ProxyHeaders.FirstOrDefault(context.Request.Headers.ContainsKey) is { } header)
        {
            return Forbidden("proxied", $"The request came through a proxy, as its field {header} says; that needs an admin token.");
        }

        var host = context.Request.Host.Host;
        if (!LoopbackHosts.IsLoopback(host))
        {
            return Forbidden(
                "host-not-loopback",
                $"Host is '{ApiProblem.Shorten(host)}'; without an admin token this needs localhost, 127.0.0.1 or [::1].");
        }

        foreach (var origin in context.Request.Headers.Origin)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || !LoopbackHosts.IsLoopback(uri.Host))
            {
                return Forbidden(
                    "cross-origin", $"Origin is '{ApiProblem.Shorten(origin ?? "")}'; without an admin token this is not for pages of other sites.");
            }
        }

        return null;
    }

    private static ApiProblemException Forbidden(string code, string detail) => new(403, code, detail);
}
