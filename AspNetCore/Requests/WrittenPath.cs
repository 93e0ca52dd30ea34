using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Throttle.AspNetCore.Requests;

/// <summary>Reads the path of a target as a client wrote it.</summary>
/// <remarks>
/// Proxies and applications read some paths differently: <c>/api%2Fx</c> has one segment or two, a backslash is a slash or none, and
/// <c>/a//../api/x</c> depends on whether dots or doubled slashes go first. Whichever reading the rules took, the other would step around
/// them, so that there is none, unless it is said how the application reads <c>%2F</c>.
/// </remarks>
internal static class WrittenPath
{
    private const string Slash = "%2F";
    private const string IsAmbiguous =
        "can be read as more than one path; use one without backslashes, dots behind doubled slashes and, unless encoded-slash says how to read them, encoded slashes";

    public static bool TryRead(
        string target, EncodedSlash encodedSlash, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out string? fault)
    {
        path = null;
        var end = target.AsSpan().IndexOfAny('?', '#');
        var written = end < 0 ? target : target[..end];
        fault = FaultOf(written, encodedSlash);
        if (fault is not null)
        {
            return false;
        }

        var decoded = Decode(WithoutHost(written), encodedSlash);
        var dotsFirst = WithSingleSlashes(WithoutDots(decoded));
        fault = decoded.Any(char.IsControl) ? "holds a control character"
            : !string.Equals(dotsFirst, WithoutDots(WithSingleSlashes(decoded)), StringComparison.Ordinal) ? IsAmbiguous
            : null;
        path = fault is null ? dotsFirst : null;
        return path is not null;
    }

    public static string WithSingleSlashes(string path)
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

    /// <summary>A path without the segments <c>.</c> and <c>..</c>, as RFC 3986 removes them.</summary>
    public static string WithoutDots(string path)
    {
        if (!path.Contains("/.", StringComparison.Ordinal))
        {
            return path;
        }

        var segments = path.Split('/');
        var kept = new List<string>(segments.Length);
        foreach (var segment in segments.AsSpan(1))
        {
            if (segment is ".." && kept.Count > 0)
            {
                kept.RemoveAt(kept.Count - 1);
            }
            else if (segment is not ("." or ".."))
            {
                kept.Add(segment);
            }
        }

        // What a dot segment at the end names is a folder.
        var slash = segments[^1] is "." or ".." && kept.Count > 0 ? "/" : "";
        return $"/{string.Join('/', kept)}{slash}";
    }

    /// <summary>The first fault of a target, in words; null where it can be read.</summary>
    private static string? FaultOf(string written, EncodedSlash encodedSlash)
    {
        for (var i = 0; i < written.Length; i++)
        {
            var (value, isEscape) = written[i] == '%' ? (EscapeAt(written, i), true) : (written[i], false);
            if (value is < ' ' or '\x7f')
            {
                return value < 0 ? "has a percent sign without two hexadecimal digits; use %25 for one" : "holds a control character";
            }

            if (value == '\\' || (isEscape && ((value == '/' && encodedSlash == EncodedSlash.Refuse) || IsOverlong(value, EscapeAt(written, i + 3)))))
            {
                return IsAmbiguous;
            }

            i += isEscape ? 2 : 0;
        }

        return null;
    }

    /// <summary>Bytes that a lenient reader of UTF-8 takes for a character which has a shorter form: <c>%C0%AF</c> for a slash.</summary>
    private static bool IsOverlong(int first, int second) => second is >= 0x80 and <= 0xBF
        && (first is 0xC0 or 0xC1 || (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90));

    /// <summary>The byte of an escape; -1 where there is none.</summary>
    private static int EscapeAt(string text, int start) =>
        start + 2 < text.Length && text[start] == '%'
        && byte.TryParse(text.AsSpan(start + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : -1;

    /// <summary>The path as it is written, without the host before it.</summary>
    private static string WithoutHost(string written)
    {
        var isWhole = written.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || written.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!isWhole)
        {
            return written.StartsWith('/') ? written : $"/{written}";
        }

        var start = written.IndexOf('/', written.IndexOf("//", StringComparison.Ordinal) + 2);
        return start < 0 ? "/" : written[start..];
    }

    /// <summary>Decodes what is UTF-8 except slashes. What is left gets upper case, so that an escape has one spelling.</summary>
    private static string Decode(string written, EncodedSlash encodedSlash)
    {
        if (!written.Contains('%', StringComparison.Ordinal))
        {
            return written;
        }

        var upper = new StringBuilder(written);
        for (var i = 0; i < upper.Length; i++)
        {
            if (upper[i] == '%')
            {
                (upper[i + 1], upper[i + 2]) = (char.ToUpperInvariant(upper[i + 1]), char.ToUpperInvariant(upper[i + 2]));
                i += 2;
            }
        }

        if (encodedSlash == EncodedSlash.Split)
        {
            upper.Replace(Slash, "/");
        }

        return PathString.FromUriComponent(upper.ToString()).Value ?? "/";
    }
}
