using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Throttle.AspNetCore.Answers;
using Throttle.Core.Time;

namespace Throttle.AspNetCore.Outgoing;

/// <summary>Reads how long an API that refused a call wants to be left alone, in whatever way it says so.</summary>
/// <remarks>
/// In this order: of a gRPC answer <c>google.rpc.RetryInfo</c> in <c>grpc-status-details-bin</c>, and <c>grpc-retry-pushback-ms</c>;
/// <c>Retry-After</c>; <c>RateLimit</c>, the newer form <c>"x";r=0;t=60</c> and the older <c>limit=10, remaining=0, reset=60</c>;
/// <c>RateLimit-Reset</c>; <c>X-RateLimit-Reset</c>. What cannot be read is as if it were not there, and so is a limit that has something left:
/// it is not what refused. Parts of a second are rounded up, except those of a gRPC answer; a number that is too large is the longest time
/// there is.
/// </remarks>
internal static class RefusalWait
{
    /// <summary>A number of seconds from here on is an instant since 1970: as a duration it would be 31 years.</summary>
    private const decimal FirstUnixTime = 1_000_000_000;

    /// <summary>From here on an instant is in milliseconds.</summary>
    private const decimal FirstUnixMilliseconds = 100_000_000_000;

    /// <summary>How long to wait; null where the answer does not say.</summary>
    public static TimeSpan? Of(HttpResponseMessage answer, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(time);
        var now = time.GetUtcNow();
        return (GrpcStatusOf(answer) is null ? null : GrpcWaitOf(answer.Headers))
            ?? Longest(answer.Headers, "Retry-After", value => RetryAfterOf(value, now))
            ?? Longest(answer.Headers, "RateLimit", RateLimitOf)
            ?? (HasSomethingLeft(answer.Headers, "RateLimit-Remaining") ? null : Longest(answer.Headers, "RateLimit-Reset", value => ResetOf(value, now)))
            ?? (HasSomethingLeft(answer.Headers, "X-RateLimit-Remaining") ? null : Longest(answer.Headers, "X-RateLimit-Reset", value => ResetOf(value, now)));
    }

    /// <summary>
    /// The status of a gRPC call that was answered without a message; null for all else. A status that comes after messages, in the
    /// trailers, is not known when the answer begins.
    /// </summary>
    public static int? GrpcStatusOf(HttpResponseMessage answer) =>
        answer.StatusCode == HttpStatusCode.OK
        && GrpcAnswer.IsCall(answer.Content.Headers.ContentType?.MediaType)
        && answer.Headers.NonValidated.TryGetValues(GrpcAnswer.StatusField, out var values)
        && int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status
            : null;

    private static TimeSpan? GrpcWaitOf(HttpResponseHeaders headers) =>
        Longest(headers, GrpcAnswer.DetailsField, values => values.Split(',').Max(GrpcDetails.ReadRetryDelay))
        ?? Longest(headers, GrpcAnswer.PushbackField, value => SecondsOf(value) is { } milliseconds ? Milliseconds(milliseconds) : null);

    private static TimeSpan? Longest(HttpResponseHeaders headers, string name, Func<string, TimeSpan?> read) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.Max(read) : null;

    private static bool HasSomethingLeft(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.Any(value => SecondsOf(value) > 0);

    private static TimeSpan? RetryAfterOf(string value, DateTimeOffset now) =>
        SecondsOf(value) is { } seconds ? Duration(seconds)
        : RetryConditionHeaderValue.TryParse(value, out var field) && field.Date is { } date ? AtLeastZero(date - now)
        : null;

    private static TimeSpan? ResetOf(string value, DateTimeOffset now) => SecondsOf(value) switch
    {
        null => null,
        < FirstUnixTime and var seconds => Duration(seconds),
        < FirstUnixMilliseconds and var instant => Duration(instant - Ticks.ToUnixSeconds(now.UtcTicks)),
        var instant => Duration((instant.Value / 1000) - Ticks.ToUnixSeconds(now.UtcTicks)),
    };

    /// <summary>The longest wait of the members that have nothing left.</summary>
    private static TimeSpan? RateLimitOf(string value)
    {
        TimeSpan? longest = null;
        decimal? remaining = null;
        decimal? reset = null;
        foreach (var (part, startsMember) in PartsOf(value))
        {
            if (startsMember && !IsOlder(part))
            {
                (remaining, reset) = (null, null);
            }

            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var number = equals < 0 ? null : SecondsOf(part[(equals + 1)..]);
            switch (equals < 0 ? "" : part[..equals].TrimEnd())
            {
                case "r" or "remaining":
                    remaining = number;
                    break;
                case "t" or "reset":
                    reset = number;
                    break;
                default:
                    break;
            }

            if (remaining == 0 && reset is { } seconds && Duration(seconds) is var wait && (longest is null || wait > longest))
            {
                longest = wait;
            }
        }

        return longest;
    }

    /// <summary>Whether a member is one of the older form, in which members together tell of one limit.</summary>
    private static bool IsOlder(string part) => part.StartsWith("remaining", StringComparison.Ordinal) || part.StartsWith("reset", StringComparison.Ordinal);

    /// <summary>The parts of a list of members with parameters, apart at commas and semicolons outside of quotes.</summary>
    private static IEnumerable<(string Part, bool StartsMember)> PartsOf(string value)
    {
        var (start, isQuoted, startsMember) = (0, false, true);
        for (var i = 0; i <= value.Length; i++)
        {
            if (i < value.Length && isQuoted && value[i] == '\\')
            {
                i++;
            }
            else if (i < value.Length && value[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (i == value.Length || (!isQuoted && value[i] is ',' or ';'))
            {
                yield return (value[start..i].Trim(), startsMember);
                startsMember = i < value.Length && value[i] == ',';
                start = i + 1;
            }
        }
    }

    /// <summary>A number of zero or more, perhaps with parts; one with more digits than a decimal has is the largest.</summary>
    private static decimal? SecondsOf(string text)
    {
        var number = text.AsSpan().Trim();
        if (number.IsEmpty || !char.IsAsciiDigit(number[0]) || number.ContainsAnyExcept("0123456789.") || number.Count('.') > 1)
        {
            return null;
        }

        return decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? seconds : decimal.MaxValue;
    }

    private static TimeSpan Duration(decimal seconds) =>
        seconds <= 0 ? TimeSpan.Zero
        : decimal.Ceiling(Math.Min(seconds, long.MaxValue)) is var whole && whole >= TimeSpan.MaxValue.Ticks / Ticks.PerSecond ? TimeSpan.MaxValue
        : TimeSpan.FromTicks((long)whole * Ticks.PerSecond);

    private static TimeSpan Milliseconds(decimal milliseconds) =>
        milliseconds >= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond ? TimeSpan.MaxValue
        : TimeSpan.FromTicks((long)decimal.Ceiling(milliseconds * TimeSpan.TicksPerMillisecond));

    private static TimeSpan AtLeastZero(TimeSpan wait) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
}
