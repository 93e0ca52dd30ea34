using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Throttle.Api.Http;
using Throttle.AspNetCore.Requests;
using Throttle.Core;

namespace Throttle.Api.ForwardAuth;

/// <summary>Makes attributes of the request that a proxy asks for. Whoever is no trusted proxy is the client itself.</summary>
/// <remarks>
/// Proxies write <c>X-Forwarded-…</c> or <c>X-Original-…</c>, and pass on what the client wrote under the other names. Where both are
/// there and differ, one of them is the client's: such a request is not answered. Nor is one whose path can be read as two, or whose
/// <c>Forwarded</c> is malformed where it counts. <c>Forwarded</c> and <c>X-Forwarded-…</c> are not compared, since clients behind a
/// proxy of their own send either; <see cref="ProxyFields"/> says which counts.
/// </remarks>
internal static class ForwardedAttributes
{
    public static Attributes Of(HttpContext context, ForwardAuthQuery query, TrustedProxies proxies)
    {
        var headers = context.Request.Headers;
        var all = new List<(string Name, string Value)>(query.Attributes)
        {
            (AttributeNames.Ip, RequestAttributes.ClientOf(context, proxies, query.ProxyFields)),
        };
        if (proxies.IsTrusted(context.Connection.RemoteIpAddress))
        {
            AddForwarded(all, headers, query);
        }
        else
        {
            Add(all, AttributeNames.Method, NormalForm.MethodOf(context.Request.Method));
            Add(all, AttributeNames.Host, RequestAttributes.HostOf(context.Request));
            Add(all, AttributeNames.Path, NormalForm.PathOf(context.Request.Path));
            Add(all, AttributeNames.Proto, context.Request.Scheme);
        }

        foreach (var (header, name) in query.Headers)
        {
            RequestAttributes.AddHeader(all, headers, header, name);
        }

        try
        {
            return RequestAttributes.Make(all, query.Ignored);
        }
        catch (BadHttpRequestException e)
        {
            throw new ApiProblemException(ApiProblem.TooLong(e));
        }
    }

    private static void AddForwarded(List<(string Name, string Value)> all, IHeaderDictionary headers, ForwardAuthQuery query)
    {
        var url = Uri.TryCreate(Only(headers, "X-Original-URL"), UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https" ? parsed : null;
        Add(all, AttributeNames.Method, Agreed(
            "method", ("X-Forwarded-Method", MethodOf(headers, "X-Forwarded-Method")), ("X-Original-Method", MethodOf(headers, "X-Original-Method"))));
        Add(all, AttributeNames.Path, Agreed(
            "path",
            ("X-Forwarded-Uri", PathOf(headers, "X-Forwarded-Uri", query.EncodedSlash)),
            ("X-Original-URI", PathOf(headers, "X-Original-URI", query.EncodedSlash)),
            ("X-Original-URL", PathOf(headers, "X-Original-URL", query.EncodedSlash))));
        var isForwarded = TrustedProxies.ReadsForwarded(headers, query.ProxyFields);
        var nearest = isForwarded
            ? LastElement(headers["Forwarded"])
            : new(null, Last(headers["X-Forwarded-Host"]), Last(headers["X-Forwarded-Proto"]));
        Add(all, AttributeNames.Host, Agreed(
            "host",
            (isForwarded ? "Forwarded" : "X-Forwarded-Host", NormalForm.HostOf(nearest.Host)),
            ("X-Original-URL", NormalForm.HostOf(url?.Authority))));
        Add(all, AttributeNames.Proto, Agreed(
            "proto",
            (isForwarded ? "Forwarded" : "X-Forwarded-Proto", nearest.Proto?.ToLowerInvariant()),
            ("X-Original-URL", url?.Scheme)));
    }

    /// <summary>The last element of <c>Forwarded</c>, which the nearest proxy wrote.</summary>
    private static ForwardedElement LastElement(StringValues lines)
    {
        var line = lines.LastOrDefault(line => !string.IsNullOrEmpty(line)) ?? "";
        return ForwardedElement.TryParse(line.AsSpan(ForwardedElement.LastComma(line) + 1), out var last)
            ? last
            : throw new ApiProblemException(ApiProblem.InvalidField("Forwarded", line, "what RFC 7239 says, such as for=192.0.2.1;host=example.com;proto=https"));
    }

    private static string? PathOf(IHeaderDictionary headers, string name, EncodedSlash encodedSlash)
    {
        if (Only(headers, name) is not { } uri)
        {
            return null;
        }

        return NormalForm.TryPath(uri, encodedSlash, out var path, out var fault)
            ? path
            : throw new ApiProblemException(new ApiProblem(400, "invalid-path", $"{name} is '{ApiProblem.Shorten(uri)}', which {fault}.") { Field = name });
    }

    private static string? MethodOf(IHeaderDictionary headers, string name) => Only(headers, name) is not { } method
        ? null
        : NormalForm.MethodOf(method) ?? throw new ApiProblemException(ApiProblem.InvalidField(name, method, "a method such as GET, of letters, digits and !#$%&'*+-.^_`|~"));

    /// <summary>The last of a list, which the nearest proxy wrote.</summary>
    private static string? Last(StringValues list)
    {
        var text = list.ToString();
        var last = text[(text.LastIndexOf(',') + 1)..].Trim();
        return last.Length == 0 ? null : last;
    }

    /// <summary>A header that is there once at most; null where it is not, or is empty.</summary>
    private static string? Only(IHeaderDictionary headers, string name) => headers[name] switch
    {
        { Count: 0 } or [null or ""] => null,
        [var only] => only,
        _ => throw new ApiProblemException(new ApiProblem(400, "ambiguous-header", $"{name} is there more than once; let the proxy write it anew.")
        {
            Field = name,
        }),
    };

    /// <summary>What the headers say, where those that are there say the same.</summary>
    private static string? Agreed(string what, params ReadOnlySpan<(string Header, string? Value)> sources)
    {
        (string Header, string Value)? first = null;
        foreach (var (header, value) in sources)
        {
            if (value is not null && first is { } before && !string.Equals(before.Value, value, StringComparison.Ordinal))
            {
                throw new ApiProblemException(new ApiProblem(
                    400, "ambiguous-header",
                    $"{before.Header} and {header} differ in the {what}, '{ApiProblem.Shorten(before.Value)}' and '{ApiProblem.Shorten(value)}'; let the proxy write both, or empty the one that it does not write.")
                {
                    Field = header,
                });
            }

            first ??= value is null ? null : (header, value);
        }

        return first?.Value;
    }

    private static void Add(List<(string Name, string Value)> all, string name, string? value)
    {
        if (value is not null)
        {
            all.Add((name, value));
        }
    }
}
