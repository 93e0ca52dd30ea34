using System.Text;
using Microsoft.AspNetCore.Http;

namespace Throttle.Api.ForwardAuth;

/// <summary>
/// The path of an address as a client wrote it, made what an application would see: without query, decoded once, without dots and
/// doubled slashes. Otherwise a client could step around the rules of <c>/api/**</c> by writing <c>/%61pi/x</c> or <c>/a/../api/x</c>.
/// </summary>
internal static class ForwardedPath
{
    private static readonly Uri AnyHost = new("http://host/");

    /// <summary>The path; of a whole url its path.</summary>
    public static string Of(string uri)
    {
        var isPath = uri.StartsWith('/');
        if (!isPath && Uri.TryCreate(uri, UriKind.Absolute, out var whole) && whole.Scheme is "http" or "https")
        {
            return Plain(whole.AbsolutePath);
        }

        var end = uri.AsSpan().IndexOfAny('?', '#');
        var path = end < 0 ? uri : uri[..end];

        // With the host written before it: two slashes at the beginning would name another.
        return Uri.TryCreate($"{AnyHost.GetLeftPart(UriPartial.Authority)}{(isPath ? "" : "/")}{path}", UriKind.Absolute, out var absolute)
            ? Plain(absolute.AbsolutePath)
            : path;
    }

    private static string Plain(string escaped)
    {
        var path = PathString.FromUriComponent(escaped).Value ?? "/";
        if (!path.Contains("//", StringComparison.Ordinal))
        {
            return path;
        }

        var single = new StringBuilder(path.Length);
        foreach (var c in path)
        {
            if (c != '/' || single.Length == 0 || single[^1] != '/')
            {
                single.Append(c);
            }
        }

        return single.ToString();
    }
}
