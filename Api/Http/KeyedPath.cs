using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Throttle.Api.Http;

/// <summary>Paths of the form <c>PREFIX{rule}/{key}</c>, whose key may also be in the query.</summary>
internal sealed class KeyedPath(string prefix)
{
    /// <summary>There is no such rule.</summary>
    public static ApiProblemException NoSuchRule(string rule) => new(new ApiProblem(
        404, "no-such-rule", $"There is no rule '{ApiProblem.Shorten(rule)}'; GET /v1/rules lists them.")
    {
        Field = "rule",
        Value = ApiProblem.Shorten(rule),
    });

    /// <summary>The rule and the key that a request names.</summary>
    public (string Rule, string Key) Find(HttpContext context)
    {
        var (rule, key) = FindInPath(context);
        var asked = context.Request.Query["key"];
        if (asked.Count > 1 || (asked.Count == 1 && key.Length > 0))
        {
            throw new ApiProblemException(
                new ApiProblem(400, "repeated-field", "key is given twice, in the path or in the query; give it once.") { Field = "key" });
        }

        key = asked.Count == 1 ? asked[0] ?? "" : key;

        KeyLength.Check(key, "The key");
        return (rule, key);
    }

    /// <summary>The rule and key of the path as it was sent: the server's own decoding leaves <c>%2F</c> alone and so mixes it up with <c>%252F</c>.</summary>
    private (string Rule, string Key) FindInPath(HttpContext context)
    {
        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        path = path.IndexOf('?') is >= 0 and var query ? path[..query] : path;
        var start = path.IndexOf(prefix, StringComparison.Ordinal);
        if (start < 0)
        {
            var values = context.Request.RouteValues;
            return (values["rule"] as string ?? "", values["key"] as string ?? "");
        }

        path = path[(start + prefix.Length)..];
        var slash = path.IndexOf('/');
        return slash < 0
            ? (Uri.UnescapeDataString(path), "")
            : (Uri.UnescapeDataString(path[..slash]), Uri.UnescapeDataString(path[(slash + 1)..]));
    }
}
