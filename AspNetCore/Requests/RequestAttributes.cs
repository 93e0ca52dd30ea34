using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Throttle.Core;
using Throttle.Core.Rules;

namespace Throttle.AspNetCore.Requests;

/// <summary>Makes attributes of requests.</summary>
internal static class RequestAttributes
{
    /// <summary>Those of a request.</summary>
    /// <exception cref="BadHttpRequestException">A value is longer than <see cref="AttributeNames.MaxValueLength"/>.</exception>
    public static Attributes Of(HttpContext context, ThrottleMiddlewareOptions options)
    {
        var all = new List<(string Name, string Value)>(6 + options.Headers.Count);
        if (options.Attributes is { } more)
        {
            all.AddRange(more(context));
        }

        var request = context.Request;
        all.Add((AttributeNames.Ip, ClientOf(context, options.Proxies, options.ProxyFields)));
        all.Add((AttributeNames.Method, NormalForm.MethodOf(request.Method) ?? request.Method));
        all.Add((AttributeNames.Path, NormalForm.PathOf(request.PathBase.Add(request.Path))));
        Add(all, AttributeNames.Host, HostOf(request));
        Add(all, AttributeNames.User, options.User(context));
        Add(all, AttributeNames.Route, RouteOf(context.GetEndpoint()));
        foreach (var header in options.Headers)
        {
            AddHeader(all, request.Headers, header, header.ToLowerInvariant());
        }

        return Make(all, options.Ignored);
    }

    /// <summary>Attributes of what a client sent, all values whole.</summary>
    /// <exception cref="BadHttpRequestException">A value is longer than <see cref="AttributeNames.MaxValueLength"/>.</exception>
    public static Attributes Make(List<(string Name, string Value)> all, IgnoredSpelling ignored)
    {
        foreach (var (name, value) in all)
        {
            if (value.Length > AttributeNames.MaxValueLength)
            {
                throw new BadHttpRequestException(string.Create(
                    CultureInfo.InvariantCulture, $"The attribute '{name}' has {value.Length} characters; use 0 to {AttributeNames.MaxValueLength}."));
            }
        }

        return AttributesBuilder.Create(CollectionsMarshal.AsSpan(all)).Ignoring(ignored).BoundInKeys();
    }

    /// <summary>The client's address as text.</summary>
    public static string ClientOf(HttpContext context, TrustedProxies proxies, ProxyFields fields) =>
        proxies.ClientOf(context.Connection.RemoteIpAddress, context.Request.Headers, fields).ToString();

    /// <summary>A header, where it is there; several values stand apart by commas.</summary>
    public static void AddHeader(List<(string Name, string Value)> all, IHeaderDictionary headers, string header, string name)
    {
        if (headers.TryGetValue(header, out var value))
        {
            all.Add((name, value.ToString()));
        }
    }

    /// <summary>The host; null where there is none. Of the header itself: the request's property throws where the encoding is faulty.</summary>
    public static string? HostOf(HttpRequest request) => NormalForm.HostOf(request.Headers.Host);

    /// <summary>The pattern as it is written, with the slash that controllers leave out.</summary>
    private static string? RouteOf(Endpoint? endpoint) =>
        (endpoint as RouteEndpoint)?.RoutePattern.RawText is { } pattern ? $"/{pattern.TrimStart('/')}" : null;

    private static void Add(List<(string Name, string Value)> all, string name, string? value)
    {
        if (value is not null)
        {
            all.Add((name, value));
        }
    }
}
