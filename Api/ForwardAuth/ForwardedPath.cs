using System.Text;
using Microsoft.AspNetCore.Http;

namespace Throttle.Api.ForwardAuth;

/// <summary>
/// The path of an address as a client wrote it, made what an application would see: without query, decoded once, without dots and
/// doubled slashes. Otherwise a client could step around the rules of <c>/api/**</c> by writing <c>/%61pi/x</c> or <c>/a/../api/x</c>.
/// </summary>
/// <remarks>
/// Proxies and applications read some paths differently: <c>/api%2Fx</c> has one segment or two, a backslash is a slash or none, and
/// <c>/a//../api/x</c> depends on whether dots or doubled slashes go first. Whichever reading the rules took, the other would step around
/// them, so that there is none, unless it is said how the application reads <c>%2F</c>.
/// </remarks>
internal static class ForwardedPath
{
    private const string Encoded = "%2F";
    private static readonly Uri AnyHost = new("http://host/");

    /// <summary>The path; of a whole url its path. Null where it can be read as another, too.</summary>
    public static string? Of(string uri, EncodedSlash encodedSlash = EncodedSlash.Refuse)
    {
        var end = uri.AsSpan().IndexOfAny('?', '#');
        var written = end < 0 ? uri : uri[..end];
        if (written.Contains('\\', StringComparison.Ordinal)
            || written.Contains("%5C", StringComparison.OrdinalIgnoreCase)
            || (encodedSlash == EncodedSlash.Refuse && written.Contains(Encoded, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }


        var path = PathOf(written).Replace(Encoded, encodedSlash == EncodedSlash.Split ? "/" : Encoded, StringComparison.OrdinalIgnoreCase);
        var dotsFirst = WithSingleSlashes(Read(path));
        return dotsFirst == Read(WithSingleSlashes(path)) ? dotsFirst : null;
    }

    /// <summary>The path as it is written, without the host before it.</summary>
    private static string PathOf(string written)
    {
        var isWhole = written.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || written.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!isWhole)
        {
            return written.StartsWith('/') ? written : $"/{written}";
        }

        var start = written.IndexOf('/', written.IndexOf("//", StringComparison.Ordinal) + 2);
        return start < 0 ? "/" : written[start..];
    }

    /// <summary>The path decoded and without dots.</summary>
    private static string Read(string path) =>

        // With the host written before it: two slashes at the beginning would name another.
        Uri.TryCreate($"{AnyHost.GetLeftPart(UriPartial.Authority)}{path}", UriKind.Absolute, out var absolute)
            ? PathString.FromUriComponent(absolute.AbsolutePath).Value ?? "/"
            : path;

    private static string WithSingleSlashes(string path)
    {
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
