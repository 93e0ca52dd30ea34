using System.Diagnostics.CodeAnalysis;
using Throttle.AspNetCore.Requests;

namespace Throttle.Cli.Replay;

/// <summary>Splits request lines: <c>GET /path?query HTTP/1.1</c>. HTTP/0.9 has no third part.</summary>
internal static class RequestLine
{
    /// <summary>The method and the target; false for a line that is no request, such as a TLS greeting on a plain port.</summary>
    public static bool TrySplit(string line, [NotNullWhen(true)] out string? method, [NotNullWhen(true)] out string? target)
    {
        target = null;
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        method = space > 0 && line[..space] is not "-" ? NormalForm.MethodOf(line[..space]) : null;
        if (method is null)
        {
            return false;
        }

        var rest = line[(space + 1)..];
        var protocol = rest.LastIndexOf(" HTTP/", StringComparison.OrdinalIgnoreCase);
        var written = protocol < 0 ? rest : rest[..protocol];

        // The targets of CONNECT and OPTIONS * have no path; servers show applications the shortest one.
        target = written is "*" || method is "CONNECT" ? "/"
            : written.StartsWith('/') || written.Contains("://", StringComparison.Ordinal) ? written
            : written.Length > 0 && protocol >= 0 ? $"/{written}"
            : null;
        return target is not null;
    }
}
