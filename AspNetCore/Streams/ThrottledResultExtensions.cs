using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Throttle.Core;
using Throttle.Core.Limiters;
using Throttle.Core.Streams;

namespace Throttle.AspNetCore.Streams;

/// <summary>Limits the bodies of results: files, streams, JSON, whatever an endpoint answers.</summary>
/// <example>
/// <code>
/// app.MapGet("/dump", () => Results.File("/var/dump.bin").Throttle("256KiB/s", burst: "1MiB"));
/// app.MapGet("/files/{name}", (string name, HttpContext http) =>
///     Results.File(PathOf(name)).Throttle([("path", "/files"), ("user", http.User.Identity!.Name!)]));
/// </code>
/// </example>
public static class ThrottledResultExtensions
{
    /// <summary>Each response has this rate for itself.</summary>
    /// <param name="result">The result whose body is limited.</param>
    /// <param name="rate">Bytes a period, such as <c>256KiB/s</c>; without a slash per second.</param>
    /// <param name="burst">The most bytes at one instant, such as <c>1MiB</c>; null for what comes in one second.</param>
    /// <remarks>The clock is the <see cref="TimeProvider"/> among the services, or the system's.</remarks>
    /// <exception cref="FormatException">A text cannot be read, or is out of range; the message names the value and the range.</exception>
    public static ThrottledResult Throttle(this IResult result, string rate, string? burst = null)
    {
        if (!Rate.TryParsePerSecond(rate, out var parsed, out var error))
        {
            throw new FormatException(error);
        }

        return result.Throttle(parsed, burst is null ? null : Sizes.Parse(burst, min: 1));
    }

    /// <summary>Each response has this rate for itself.</summary>
    /// <param name="result">The result whose body is limited.</param>
    /// <param name="rate">Bytes a period.</param>
    /// <param name="burst">The most bytes at one instant; null for what comes in one second.</param>
    /// <param name="time">The clock; null for the <see cref="TimeProvider"/> among the services, or the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static ThrottledResult Throttle(this IResult result, Rate rate, long? burst = null, TimeProvider? time = null)
    {
        // Checked here, where the endpoint made the mistake, and not when the response is sent.
        _ = Pacer.Of(rate, burst);
        return new(result, context => Pacer.Of(rate, burst, time ?? context.RequestServices.GetService<TimeProvider>()));
    }

    /// <summary>
    /// The responses pay by the rules that match these attributes, a permit a byte: all that have the same key share its
    /// bucket, so that all of a client's downloads together keep its bandwidth. Where no rule matches nothing is limited.
    /// </summary>
    /// <param name="result">The result whose body is limited.</param>
    /// <param name="attributes">What the rules match and make keys of.</param>
    /// <param name="throttle">The throttle; null for the <see cref="IThrottle"/> among the services.</param>
    public static ThrottledResult Throttle(this IResult result, Attributes attributes, IThrottle? throttle = null) =>
        new(result, context => Pacer.Of(throttle ?? context.RequestServices.GetRequiredService<IThrottle>(), attributes));
}
