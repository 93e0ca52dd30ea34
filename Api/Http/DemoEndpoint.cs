using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using Throttle.AspNetCore.Streams;
using Throttle.Core.Limiters;

namespace Throttle.Api.Http;

/// <summary>
/// <c>GET /demo/stream</c>: a JSON array of any length, made while it is sent and at the rate asked for, to see what a limited
/// response is like and that it costs no memory.
/// </summary>
internal sealed class DemoEndpoint(TimeProvider clock)
{
    /// <summary>The most items of one response; about 6.7 GB.</summary>
    public const long MaxItems = 100_000_000;

    /// <summary>Its path, which is also the attribute <c>path</c> that rules see.</summary>
    public const string Path = "/demo/stream";

    private const string Rates = "a size such as 32KiB, for a second, or a rate such as 256KiB/s";
    private const int DefaultItems = 1_000;
    private const int ItemBytes = 32;

    /// <summary>The parameters of the query.</summary>
    public static readonly string[] QueryNames = ["rate", "burst", "items", "user"];

    /// <summary>Answers the array, or what is wrong with the query.</summary>
    public Task StreamAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var items = ReadItems(Text(query, "items"));
        var result = Limit(TypedResults.Json(HexAsync(items, context.RequestAborted)), query);
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            return Task.CompletedTask;
        }

        return result.ExecuteAsync(context);
    }

    private IResult Limit(IResult result, IQueryCollection query)
    {
        var (rate, burst, user) = (Text(query, "rate"), Text(query, "burst"), Text(query, "user"));
        if (user is not null)
        {
            if (rate is not null || burst is not null)
            {
                throw new ApiProblemException(new ApiProblem(
                    400, "invalid-field", "user is given with rate or burst; use user for the rate that the node's rules give to all streams of a user together, or rate for one of this response's own.")
                {
                    Field = "user",
                });
            }

            if (Encoding.UTF8.GetByteCount(user) > ApiLimits.MaxKeyBytes)
            {
                throw Invalid("user", user, $"at most {ApiLimits.MaxKeyBytes} bytes of UTF-8");
            }

            return result.Throttle([("path", Path), ("user", user)]);
        }

        if (rate is null)
        {
            return burst is null ? result : throw Invalid("burst", burst, "it together with rate");
        }

        if (!Rate.TryParsePerSecond(rate, out var parsed, out var error))
        {
            throw Invalid("rate", rate, $"{Rates} ({error.TrimEnd('.')})");
        }

        return result.Throttle(parsed, burst is null ? null : ReadBurst(burst), clock);
    }

    private static long ReadBurst(string text) => Sizes.TryParse(text, out var bytes, out var error, min: 1)
        ? bytes
        : throw Invalid("burst", text, $"a size such as 1MiB ({error.TrimEnd('.')})");

    private static long ReadItems(string? text) => text is null ? DefaultItems
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var items) && items <= MaxItems ? items
        : throw Invalid("items", text, $"a whole number from 0 to {MaxItems}");

    /// <summary>Strings of hexadecimal digits: the same in every response.</summary>
    private static async IAsyncEnumerable<string> HexAsync(long count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        var random = new Random(1);
        var bytes = new byte[ItemBytes];
        for (var i = 0L; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            random.NextBytes(bytes);
            yield return Convert.ToHexStringLower(bytes);
        }
    }

    private static string? Text(IQueryCollection query, string name) => query.TryGetValue(name, out var values) ? values.ToString() : null;

    private static ApiProblemException Invalid(string field, string value, string allowed) =>
        new(ApiProblem.InvalidField(field, $"'{value}'", allowed));
}
