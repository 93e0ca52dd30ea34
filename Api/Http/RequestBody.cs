using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Throttle.Api.Http;

/// <summary>Reads whole request bodies, up to a size, and turns them into values.</summary>
internal static class RequestBody
{
    internal delegate T Parser<out T>(ReadOnlySpan<byte> utf8);

    /// <summary>Reads the body and parses it as JSON. Any content type will do: a plain <c>curl -d</c> names a form's.</summary>
    public static ValueTask<T> ReadJsonAsync<T>(HttpContext context, Parser<T> parse, int maxBytes = ApiLimits.MaxBodyBytes) =>
        ReadAsync(context, maxBytes, utf8 => ParseJson(utf8, parse));

    /// <summary>Reads the body as it is, at most <paramref name="maxBytes"/> of it, whatever it holds.</summary>
    public static ValueTask<byte[]> ReadBytesAsync(HttpContext context, int maxBytes)
    {
        CheckSize(context.Request, maxBytes);
        return ReadAllAsync(context, maxBytes, bytes => bytes.ToArray());
    }

    /// <summary>Reads the body, at most <paramref name="maxBytes"/> of it, and parses it.</summary>
    public static ValueTask<T> ReadAsync<T>(HttpContext context, int maxBytes, Parser<T> parse)
    {
        CheckSize(context.Request, maxBytes);
        CheckCharset(context.Request);
        return ReadAllAsync(context, maxBytes, parse);
    }

    private static async ValueTask<T> ReadAllAsync<T>(HttpContext context, int maxBytes, Parser<T> parse)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            if (result.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(result.Buffer.End);
                throw TooLarge(maxBytes);
            }

            if (result.IsCompleted)
            {
                return ParseAndAdvance(reader, result.Buffer, parse);
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static T ParseAndAdvance<T>(PipeReader reader, ReadOnlySequence<byte> buffer, Parser<T> parse)
    {
        try
        {
            return parse(buffer.IsSingleSegment ? buffer.FirstSpan : buffer.ToArray());
        }
        finally
        {
            reader.AdvanceTo(buffer.End);
        }
    }

    /// <summary>Parses a body as JSON, whatever it holds.</summary>
    /// <exception cref="ApiProblemException">It is not JSON, not Unicode, or not what the parser wants.</exception>
    internal static T ParseJson<T>(ReadOnlySpan<byte> utf8, Parser<T> parse)
    {
        var text = utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        if (text.IsEmpty)
        {
            throw new ApiProblemException(400, "empty-body", "The body is empty; send a JSON object.");
        }

        try
        {
            return parse(text);
        }
        catch (JsonException e)
        {
            throw NotJson(e);
        }
        catch (InvalidOperationException e) when (e.Source?.StartsWith("System.Text.Json", StringComparison.Ordinal) == true)
        {
            // What the reader throws for text that is no Unicode, such as half a surrogate pair.
            throw new ApiProblemException(400, "not-unicode", "The body holds text that is not valid Unicode; send UTF-8.");
        }
    }

    private static ApiProblemException NotJson(JsonException e)
    {
        var reason = e.Message;
        var tail = reason.LastIndexOf(" LineNumber:", StringComparison.Ordinal);
        var at = string.Create(
            CultureInfo.InvariantCulture, $"line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}");
        return new ApiProblemException(400, "not-json", $"The body is not JSON: {at}: {(tail < 0 ? reason : reason[..tail])}");
    }

    private static void CheckSize(HttpRequest request, int maxBytes)
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw new ApiProblemException(
                415,
                "unsupported-encoding",
                $"Content-Encoding is '{ApiProblem.Shorten(request.Headers.ContentEncoding.ToString())}'; send the body as it is.");
        }
    }

    private static void CheckCharset(HttpRequest request)
    {
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.Charset is { Length: > 0 } charset
            && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            && !charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiProblemException(
                415, "unsupported-charset", $"The body's charset is '{ApiProblem.Shorten(charset.ToString())}'; send UTF-8.");
        }
    }

    private static ApiProblemException TooLarge(int maxBytes) => new(new ApiProblem(
        413, "body-too-large", string.Create(CultureInfo.InvariantCulture, $"The body is too large; use at most {maxBytes} bytes."))
    {
        Allowed = string.Create(CultureInfo.InvariantCulture, $"at most {maxBytes} bytes"),
    });
}
