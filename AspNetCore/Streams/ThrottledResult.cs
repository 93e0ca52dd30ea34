using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Throttle.Core.Streams;

namespace Throttle.AspNetCore.Streams;

/// <summary>
/// Another result whose body is limited: everything it writes, by stream, pipe or file, is paid for before it is sent. Status,
/// headers, bytes and their order are the other result's. When the client goes, waiting ends and nothing more is paid.
/// </summary>
/// <remarks>
/// The server's back-pressure holds as without it. A response that may not go on (see <see cref="PaymentRefusedException"/>) is cut
/// off, so that the client can tell. Made by <see cref="ThrottledResultExtensions"/>.
/// </remarks>
public sealed class ThrottledResult : IResult
{
    private readonly IResult _inner;
    private readonly Func<HttpContext, Pacer> _pacer;

    /// <summary>A result that pays a pacer.</summary>
    /// <param name="inner">The result whose body is limited.</param>
    /// <param name="pacer">What a response pays.</param>
    public ThrottledResult(IResult inner, Func<HttpContext, Pacer> pacer)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(pacer);
        (_inner, _pacer) = (inner, pacer);
    }

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var unlimited = httpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        await using var body = new ThrottledBody(unlimited, _pacer(httpContext), httpContext.RequestAborted);
        httpContext.Features.Set<IHttpResponseBodyFeature>(body);
        try
        {
            await _inner.ExecuteAsync(httpContext).ConfigureAwait(false);
            await body.FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            httpContext.Features.Set(unlimited);
        }
    }
}
