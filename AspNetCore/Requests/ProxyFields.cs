namespace Throttle.AspNetCore.Requests;

/// <summary>
/// The header fields by which trusted proxies tell of the client. A proxy writes one kind and passes the other on as the client sent it,
/// so that fields of two kinds are never mixed for one request.
/// </summary>
public enum ProxyFields
{
    /// <summary>
    /// <c>X-Forwarded-For</c>, <c>-Host</c> and <c>-Proto</c> where at least one of them is there, and <c>Forwarded</c> otherwise. A
    /// proxy that writes only <c>Forwarded</c> must remove the others, or the application must choose <see cref="Forwarded"/>.
    /// </summary>
    Any,

    /// <summary><c>X-Forwarded-For</c>, <c>-Host</c> and <c>-Proto</c>. <c>Forwarded</c> is never read.</summary>
    XForwarded,

    /// <summary><c>Forwarded</c> (RFC 7239). <c>X-Forwarded-For</c>, <c>-Host</c> and <c>-Proto</c> are never read.</summary>
    Forwarded,
}
