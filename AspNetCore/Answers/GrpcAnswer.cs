using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Throttle.Core.Failures;
using Throttle.Core.Time;

namespace Throttle.AspNetCore.Answers;

/// <summary>
/// Problems as gRPC answers them: HTTP 200 without a body, and the status in the header fields, which gRPC calls Trailers-Only.
/// </summary>
/// <remarks>
/// 429 is RESOURCE_EXHAUSTED (8), 503 is UNAVAILABLE (14) and 400 is INVALID_ARGUMENT (3). When to try again stands in
/// <c>grpc-retry-pushback-ms</c>, which clients with a retry policy obey, and as <c>google.rpc.RetryInfo</c> in
/// <c>grpc-status-details-bin</c>, which applications read. A pushback below zero tells clients not to retry.
/// </remarks>
internal static class GrpcAnswer
{
    public const int InvalidArgument = 3;
    public const int ResourceExhausted = 8;
    public const int Unavailable = 14;

    public const string StatusField = "grpc-status";
    public const string PushbackField = "grpc-retry-pushback-ms";
    public const string DetailsField = "grpc-status-details-bin";

    private const string MediaType = "application/grpc";
    private const string Web = "-web";
    private const string WebText = "-web-text";
    private const string NeverRetry = "-1";

    /// <summary>What the name of a message format is made of, such as <c>proto</c>.</summary>
    private static readonly SearchValues<char> FormatCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

    /// <summary>Whether a content type is that of a gRPC call or of a gRPC-Web call, whatever its messages are made of.</summary>
    public static bool IsCall([NotNullWhen(true)] string? contentType)
    {
        var type = MediaTypeOf(contentType);
        if (!type.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // Nothing else may follow: the type of a gRPC-Web call is repeated in the answer.
        var rest = type[MediaType.Length..];
        rest = rest.StartsWith(WebText, StringComparison.OrdinalIgnoreCase) ? rest[WebText.Length..]
            : rest.StartsWith(Web, StringComparison.OrdinalIgnoreCase) ? rest[Web.Length..]
            : rest;
        return rest.IsEmpty || (rest[0] == '+' && rest.Length > 1 && !rest[1..].ContainsAnyExcept(FormatCharacters));
    }

    /// <summary>Makes an answer of a server's response, which nothing may be written to afterwards.</summary>
    public static void Set(HttpResponse response, string callType, ApiProblem problem)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = AnswerType(callType);
        foreach (var (name, value) in FieldsOf(problem))
        {
            response.Headers[name] = value;
        }
    }

    /// <summary>The answer to a call that is refused before it was sent.</summary>
    public static HttpResponseMessage Of(HttpRequestMessage call, ApiProblem problem)
    {
        var type = AnswerType(call.Content!.Headers.ContentType!.ToString());
        var answer = new HttpResponseMessage(HttpStatusCode.OK)
        {
            RequestMessage = call,

            // Clients take an answer of an older version for that of somebody who does not speak gRPC.
            Version = call.Version,
            Content = new ByteArrayContent([]) { Headers = { ContentType = new(type) } },
        };
        foreach (var (name, value) in FieldsOf(problem))
        {
            answer.Headers.TryAddWithoutValidation(name, value);
        }

        return answer;
    }

    private static IEnumerable<(string Name, string Value)> FieldsOf(ApiProblem problem)
    {
        var (code, retryAfter) = problem.Status switch
        {
            StatusCodes.Status429TooManyRequests => (ResourceExhausted, problem.RetryAfterTicks),
            StatusCodes.Status503ServiceUnavailable => (Unavailable, problem.RetryAfterTicks ?? Failure.RetryAfter.Ticks),
            _ => (InvalidArgument, null),
        };
        yield return (StatusField, code.ToString(CultureInfo.InvariantCulture));
        yield return ("grpc-message", Encoded(problem.Detail));
        yield return (DetailsField, GrpcDetails.Write(code, problem.Detail, retryAfter, problem.ViolatedPolicies ?? []));
        yield return (PushbackField, Pushback(retryAfter));
        if (code == Unavailable)
        {
            yield return ("Retry-After", RateLimitFields.Seconds(retryAfter!.Value).ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Milliseconds, rounded up. Clients hold them in 32 bits; nobody waits for more within one call.</summary>
    private static string Pushback(long? retryAfterTicks)
    {
        const long PerMillisecond = Ticks.PerSecond / 1_000;
        return retryAfterTicks is { } ticks && (ticks / PerMillisecond) + (ticks % PerMillisecond == 0 ? 0 : 1) is <= int.MaxValue and var milliseconds
            ? milliseconds.ToString(CultureInfo.InvariantCulture)
            : NeverRetry;
    }

    /// <summary>The content type that a client expects: gRPC-Web's own, and otherwise the plain one.</summary>
    private static string AnswerType(string callType)
    {
        var type = MediaTypeOf(callType);
        return type.Length > MediaType.Length && type[MediaType.Length] == '-' ? type.ToString() : MediaType;
    }

    private static ReadOnlySpan<char> MediaTypeOf(string? contentType)
    {
        var type = contentType.AsSpan();
        var end = type.IndexOf(';');
        return (end < 0 ? type : type[..end]).Trim();
    }

    /// <summary>A message as gRPC writes it into a field: UTF-8, with percent signs for everything but printable ASCII.</summary>
    private static string Encoded(string message)
    {
        var text = new StringBuilder(message.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(message))
        {
            if (octet is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
            {
                text.Append((char)octet);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
            }
        }

        return text.ToString();
    }
}
